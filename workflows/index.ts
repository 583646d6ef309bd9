// Every workflow of the control worker's bundle, by the name under which it is started.
export { byoMachine } from './byo-machine.ts';
export { hostCleanup } from './host-cleanup.ts';
