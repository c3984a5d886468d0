export function RoomPage({ roomId }: { roomId: string }) {
  return <h1>{roomId}</h1>;
}
