/* Runs in a page of Chromium, after the client of docs/media.md, which is `joinWithoutSdk`. */
globalThis.peers = {};

/** Joins by the client of the document; what it was refused with is a value. */
globalThis.openPeer = async ({ send = [], ...asked }) => {
  const constraints = { audio: send.includes('audio'), video: send.includes('video') };
  const stream = send.length > 0 ? await navigator.mediaDevices.getUserMedia(constraints) : undefined;
  try {
    const peer = await joinWithoutSdk({ ...asked, stream });
    globalThis.peers[asked.peerId] = peer;
    return { refused: null, tracks: peer.tracks };
  } catch (error) {
    return { refused: error.code ?? String(error), detail: error.message, tracks: [] };
  }
};

/** Packets and frames so far; of what is received, by line too. */
globalThis.flowOf = async (peerId) => {
  const { connection } = globalThis.peers[peerId];
  const flow = { state: connection.connectionState, sent: 0, received: 0, byMid: {} };
  for (const one of (await connection.getStats()).values()) {
    if (one.type === 'outbound-rtp') flow.sent += one.packetsSent;
    if (one.type !== 'inbound-rtp') continue;
    flow.received += one.packetsReceived;
    flow.byMid[one.mid] = one.kind === 'video' ? one.framesDecoded : one.packetsReceived;
  }
  return flow;
};

/** An offer as it stands, for tests that send it by other ways. */
globalThis.makeOffer = async ({ peerId, send = [], receive = {}, gather = false }) => {
  const connection = new RTCPeerConnection();
  globalThis.peers[peerId] = { connection };
  const constraints = { audio: send.includes('audio'), video: send.includes('video') };
  const stream = send.length > 0 ? await navigator.mediaDevices.getUserMedia(constraints) : null;
  for (const track of stream?.getTracks() ?? [])
    connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
  for (const kind of ['audio', 'video'])
    for (let line = 0; line < (receive[kind] ?? 0); line += 1)
      connection.addTransceiver(kind, { direction: 'recvonly' });
  const candidates = [];
  const gathered = new Promise((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) candidates.push(candidate.toJSON());
      else resolve();
    };
  });
  await connection.setLocalDescription();
  const { sdp } = connection.localDescription;
  await gathered;
  return { sdp: gather ? connection.localDescription.sdp : sdp, candidates };
};

/** The next offer of the same connection: for one line more, or with ICE begun anew. */
globalThis.offerAgain = async ({ peerId, iceRestart = false }) => {
  const { connection } = globalThis.peers[peerId];
  const candidates = [];
  const gathered = new Promise((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) candidates.push(candidate.toJSON());
      else resolve();
    };
  });
  if (iceRestart) connection.restartIce();
  else connection.addTransceiver('audio', { direction: 'recvonly' });
  await connection.setLocalDescription();
  if (iceRestart) await gathered;
  return { sdp: connection.localDescription.sdp, candidates };
};

globalThis.takeAnswer = async ({ peerId, sdp }) => {
  await globalThis.peers[peerId].connection.setRemoteDescription({ type: 'answer', sdp });
};
globalThis.localSdp = (peerId) => globalThis.peers[peerId].connection.currentLocalDescription.sdp;
globalThis.remoteSdp = (peerId) => globalThis.peers[peerId].connection.currentRemoteDescription.sdp;
globalThis.leavePeer = (peerId) => globalThis.peers[peerId].leave();
/** As a crash does it: nobody is told. */
globalThis.dropPeer = (peerId) => globalThis.peers[peerId].connection.close();
