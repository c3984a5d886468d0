import { parseOffset } from './ports.ts';
import { messageOf } from './stack-error.ts';
import { resetState, stateFolder } from './state.ts';

try {
  const folder = stateFolder(parseOffset(process.env['PORT_OFFSET']));
  resetState(folder);
  console.log(`emptied ${folder}`);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
