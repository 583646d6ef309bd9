// Temporal's own web interface in a real browser: what an operator sees of a machine.
import { execa } from 'execa';
import { chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's chromium, installed when it is missing. */
async function ensureBrowser(): Promise<string> {
  const path = '/usr/bin/chromium';
  const { exitCode } = await execa(path, ['--version'], { reject: false });
  if (exitCode === 0) return path;
  await execa('apt-get', ['update'], { stdio: 'ignore' });
  const install = ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'];
  await execa('apt-get', install, { env: { DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore' });
  return path;
}

/** Opens a page, hands it to `look`, and closes the browser whatever happens. */
export async function withPage<T>(look: (page: Page) => Promise<T>): Promise<T> {
  const executablePath = await ensureBrowser();
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    return await look(await browser.newPage({ viewport: { width: 1440, height: 1000 } }));
  } finally {
    await browser.close();
  }
}

/** A run of a workflow in the interface at `ui`; `words` are waited for. */
export type Place = { ui: string; workflowId: string; runId: string; words: string };

const runPage = ({ ui, workflowId, runId }: Place): string =>
  `${ui}/namespaces/default/workflows/${encodeURIComponent(workflowId)}/${runId}`;

/** The timeline of one workflow run as the text that a person reads: its end, and after a click its beginning. */
export async function readTimeline(page: Page, at: Place): Promise<string> {
  await page.goto(`${runPage(at)}/timeline`);
  const body = page.locator('body');
  await page.getByText(at.words).first().waitFor({ timeout: 60_000 });
  const end = await body.innerText();
  await page.getByText('Descending').click();
  await page.getByText('claimHost').first().waitFor({ timeout: 60_000 });
  return `${end}\n${await body.innerText()}`;
}

/** The current details of a running workflow. The interface draws what workflows say (markdown) in frames of their own. */
export async function readCurrentDetails(page: Page, at: Place): Promise<string> {
  await page.goto(`${runPage(at)}/user-metadata`);
  const details = page.frameLocator('#user-metadata-current-details').locator('body');
  for (let tries = 0; tries < 60; tries++) {
    const text = await details.innerText();
    if (text.includes(at.words)) return text;
    // The key R asks the workflow again.
    const answered = page.waitForResponse(/__temporal_workflow_metadata/, { timeout: 2000 });
    await page.keyboard.press('r');
    await answered.catch(() => 'the page did not listen yet; the next try asks again');
  }
  throw new Error(`the current details of ${at.workflowId} never held ${at.words}`);
}
