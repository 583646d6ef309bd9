// RunBootCommands: bootcmd of the document, before its files; a failure ends the bootstrap, as in cloud-init.
import type { JoinArguments } from '../../../api/orders.ts';
import type { Step } from '../../runner/step.ts';
import { readBootstrapPlan, type JoinDeps } from './document.ts';
import { failBootstrap, isBootstrapSucceeded } from './outcome.ts';
import { CLOUD_INIT_UMASK, withPreamble } from './script-preamble.ts';
import { unitNameOf } from '../unit-name.ts';

export function runBootCommands(deps: JoinDeps): Step<JoinArguments> {
  return {
    name: 'RunBootCommands',
    look: async (context, input) => {
      if (await isBootstrapSucceeded(deps, context)) return true;
      if (!(await readBootstrapPlan(context, input)).bootScript) return true;
      const unit = await context.host.lookUnit(unitNameOf(context.key, 'bootcmd'));
      return unit !== undefined && unit !== 'running' && unit.ended && unit.exitCode === 0;
    },
    act: async (context, input) => {
      const plan = await readBootstrapPlan(context, input);
      const unit = unitNameOf(context.key, 'bootcmd');
      const environment = { INSTANCE_ID: input.metadata.instanceId };
      const command = {
        unit,
        script: withPreamble(plan.bootScript ?? '#!/bin/sh\n', CLOUD_INIT_UMASK),
        secret: true,
        environment,
      };
      const result = await context.host.runUnit(command, context.signal);
      await context.ledger.noteChanged();
      if (!result.ended || result.exitCode !== 0) await failBootstrap(context, { part: 'bootcmd', plan, result });
    },
  };
}
