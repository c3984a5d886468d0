export { goneBy, messageOf } from './messages.ts';
export {
  presentMessage,
  presentParticipant,
  presentPresent,
  presentRoom,
  presentRoomWithParticipants,
} from './presenters.ts';
export {
  languageTag,
  newRoom,
  pageOf,
  participantsPage,
  roomFilter,
  roomId,
  roomPage,
  title,
  topic,
  userId,
} from './requests.ts';
export { access, chatMessage, moment, participant, room, roomWithParticipants } from './schemas.ts';
