/** What someone brings into a room: which devices, and whether they are on. An empty id is the system's own choice. */
export type Choices = Readonly<{
  microphone: boolean;
  camera: boolean;
  microphoneId: string;
  cameraId: string;
  speakerId: string;
}>;

const KEPT_AS = 'meetings.devices';
const IN_ROOM = 'meetings.in-room';
const usual: Choices = { microphone: true, camera: true, microphoneId: '', cameraId: '', speakerId: '' };

/** As last time in this browser. */
export function choicesOfLastTime(storage: Pick<Storage, 'getItem'> = localStorage): Choices {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEPT_AS) ?? '{}');
    return typeof kept === 'object' && kept !== null ? { ...usual, ...onlyOurs(kept) } : usual;
  } catch {
    return usual;
  }
}

export function keepChoices(choices: Choices, storage: Pick<Storage, 'setItem'> = localStorage): void {
  storage.setItem(KEPT_AS, JSON.stringify(choices));
}

function onlyOurs(kept: object): Partial<Choices> {
  const entries = Object.entries(kept).filter(
    ([name, value]) => name in usual && typeof value === typeof usual[name as keyof Choices],
  );
  return Object.fromEntries(entries);
}

/** Whether this tab was in the room when it was reloaded: it goes back in without asking again. */
export const wasIn = (roomId: string): boolean => sessionStorage.getItem(IN_ROOM) === roomId;
export function nowIn(roomId: string | null): void {
  if (roomId === null) sessionStorage.removeItem(IN_ROOM);
  else sessionStorage.setItem(IN_ROOM, roomId);
}
