// Builds the workflow bundle ahead of time and prints where it is; a control worker then starts without webpack.
import { buildWorkflowBundle } from '../workers/workflow-bundle.ts';

const { codePath } = await buildWorkflowBundle();
process.stdout.write(`${codePath}\n`);
