export {
  presentMessage,
  presentParticipant,
  presentPresent,
  presentRoom,
  presentRoomWithParticipants,
} from './presenters.ts';
export { chatMessage, participant, room, roomWithParticipants } from './schemas.ts';
