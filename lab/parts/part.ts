// What a part is: a folder of files made once by a recipe, out of other parts, and kept under a key of all it depends on.

/** Says one line about work under way, for people. */
export type OnProgress = (line: string) => void;

/** What a recipe is handed: where to build, and the folders of the parts it needs. */
export type BuildContext = {
  /** Empty folder that becomes the part when `build` returns. */
  folder: string;
  /** The lab's cache, for what several parts share. */
  cache: string;
  /** The part's own key: what it makes outside its folder is named by it. */
  key: string;
  /** Folder of a part named in `needs`. */
  need: (name: string) => string;
  onProgress: OnProgress;
};

/** One thing the lab is made of. */
export type Part = {
  name: string;
  version: string;
  /** Parts that must be there first; their keys are part of this one's. */
  needs: readonly string[];
  /** Everything else that decides the result: flags, packages, texts of our own. Any JSON. */
  recipe: unknown;
  /** Files and folders of ours, relative to `lab/`, whose content decides the result. */
  sources: readonly string[];
  /** Debian packages that only this part needs, to be built or used. */
  packages?: readonly string[];
  /** What to expect of a cold build, for the progress line. */
  expected: string;
  build(context: BuildContext): Promise<void>;
  /** For a part that also lives outside its folder: whether that is still there. Built again when it is not. */
  isWhole?(folder: string, cache: string): Promise<boolean>;
};
