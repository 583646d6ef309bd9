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
export async function ensureBrowser(): Promise<string> {
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

const runPage = (ui: string, workflowId: string, runId: string): string =>
  `${ui}/namespaces/default/workflows/${encodeURIComponent(workflowId)}/${runId}`;

/** The timeline of one workflow run, as the text that a person reads, once it holds `words`. */
export async function readTimeline(
  page: Page,
  at: { ui: string; workflowId: string; runId: string; words: string },
): Promise<string> {
  await page.goto(`${runPage(at.ui, at.workflowId, at.runId)}/timeline`);
  await page.getByText(at.words).first().waitFor({ timeout: 60_000 });
  return page.locator('body').innerText();
}

/** The current details of a running workflow: the page shows them once asked to, by the key R. */
export async function readCurrentDetails(
  page: Page,
  at: { ui: string; workflowId: string; runId: string; words: string },
): Promise<string> {
  await page.goto(`${runPage(at.ui, at.workflowId, at.runId)}/user-metadata`);
  await page.getByText('Current Details').waitFor({ timeout: 60_000 });
  await page.keyboard.press('r');
  await page.getByText(at.words).last().waitFor({ timeout: 60_000 });
  return page.locator('body').innerText();
}
