// How a test tells its controller what to do: variables of the process, since its arguments are those of every controller.

/** Folder of the file `points`. */
export const FOLDER_VARIABLE = 'BYO_TEST_POINTS_FOLDER';
/** Source of a regular expression: which of `before …` and `after …` count. */
export const POINTS_VARIABLE = 'BYO_TEST_POINTS';
