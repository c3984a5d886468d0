// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.28;

/// @title Rooms of a meeting, entered from a chain.
/// @notice A wallet joins a room with its session description; a relayer forwards to it what the SFU answered.
/// Nothing is kept but the tracks of those who are in and two counts: all else is in the events.
contract MeetingRooms {
    /// @dev What the contract knows of one wallet in one room. The counts stay when it leaves: a forward of a join may
    /// be late.
    struct Participant {
        bool isIn;
        uint64 joins;
        uint64 forwards;
        string[] tracks;
    }

    /// @notice So many tracks a wallet may name in one room: as many as the SFU takes in one call.
    uint256 public constant MAX_TRACKS = 64;

    /// @notice Who names relayers: at first the deployer.
    address public owner;

    /// @notice Who may forward.
    mapping(address account => bool) public isRelayer;

    mapping(bytes32 roomId => mapping(address wallet => Participant)) private _participants;

    /// @notice A wallet joined, or joined again with other tracks. Each one is to be answered by one forward.
    /// @param roomId A UUID in its first 16 bytes when the last 16 are zero, else the room's id itself.
    /// @param wallet Who joined.
    /// @param sessionDescription The SDP offer.
    event ParticipantJoined(bytes32 indexed roomId, address indexed wallet, string sessionDescription);

    /// @notice A wallet left.
    /// @param roomId The room.
    /// @param wallet Who left.
    event ParticipantLeft(bytes32 indexed roomId, address indexed wallet);

    /// @notice What a relayer has to tell a wallet in a room.
    /// @param roomId The room.
    /// @param wallet Whom it is for.
    /// @param data JSON.
    event EventForwarded(bytes32 indexed roomId, address indexed wallet, string data);

    /// @notice Somebody may forward from now on, or may not any more.
    /// @param account Who.
    /// @param allowed Whether they may.
    event RelayerChanged(address indexed account, bool allowed);

    /// @notice The contract has another owner.
    /// @param previousOwner The zero address when the contract is made.
    /// @param newOwner The owner from now on.
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    /// @notice Only the owner may do this.
    error NotOwner();

    /// @notice Only a relayer may do this.
    error NotRelayer();

    /// @notice The caller is not in the room.
    error NotInRoom();

    /// @notice More than `MAX_TRACKS` tracks.
    error TooManyTracks();

    /// @notice Each join of the wallet in the room has its forward already, or there was none.
    error NothingToForward();

    /// @notice The owner would be the zero address, which nobody has.
    error NoSuchOwner();

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    /// @notice The deployer is the owner.
    constructor() {
        owner = msg.sender;
        emit OwnershipTransferred(address(0), msg.sender);
    }

    /// @notice Joins a room, or, for who is in it, joins it again: the new tracks replace the old ones.
    /// @param roomId The room.
    /// @param sessionDescription The SDP offer, of any length.
    /// @param tracks The names of the caller's tracks, `MAX_TRACKS` at most.
    function joinRoom(bytes32 roomId, string calldata sessionDescription, string[] calldata tracks) external {
        if (tracks.length > MAX_TRACKS) revert TooManyTracks();
        Participant storage participant = _participants[roomId][msg.sender];
        participant.isIn = true;
        participant.joins += 1;
        delete participant.tracks;
        for (uint256 i = 0; i < tracks.length; ++i) participant.tracks.push(tracks[i]);
        emit ParticipantJoined(roomId, msg.sender, sessionDescription);
    }

    /// @notice Leaves a room; the caller's tracks in it are forgotten.
    /// @param roomId The room.
    function leaveRoom(bytes32 roomId) external {
        Participant storage participant = _participants[roomId][msg.sender];
        if (!participant.isIn) revert NotInRoom();
        participant.isIn = false;
        delete participant.tracks;
        emit ParticipantLeft(roomId, msg.sender);
    }

    /// @notice Tells a wallet something, by an event. For relayers only.
    /// @dev There are as many forwards for a wallet in a room as it joined, and no more: a forward that is sent twice,
    /// or that was meant for a join which a reorganisation took away, is refused by the chain itself.
    /// @param roomId The room.
    /// @param wallet Whom it is for. It may have left meanwhile.
    /// @param data JSON.
    function forwardEventToFrontEnd(bytes32 roomId, address wallet, string calldata data) external {
        if (!isRelayer[msg.sender]) revert NotRelayer();
        Participant storage participant = _participants[roomId][wallet];
        if (participant.forwards == participant.joins) revert NothingToForward();
        participant.forwards += 1;
        emit EventForwarded(roomId, wallet, data);
    }

    /// @notice Says who may forward. For the owner only.
    /// @param account Who.
    /// @param allowed Whether they may.
    function setRelayer(address account, bool allowed) external onlyOwner {
        isRelayer[account] = allowed;
        emit RelayerChanged(account, allowed);
    }

    /// @notice Gives the contract to another owner. For the owner only.
    /// @param newOwner Not the zero address.
    function transferOwnership(address newOwner) external onlyOwner {
        if (newOwner == address(0)) revert NoSuchOwner();
        emit OwnershipTransferred(owner, newOwner);
        owner = newOwner;
    }

    /// @notice The tracks of a wallet in a room.
    /// @param roomId The room.
    /// @param wallet Whose.
    /// @return tracks Their names; none for who is not in.
    function getParticipantInfo(bytes32 roomId, address wallet) external view returns (string[] memory tracks) {
        return _participants[roomId][wallet].tracks;
    }

    /// @notice How often a wallet joined a room, and how many forwards there were for it.
    /// @param roomId The room.
    /// @param wallet Whose.
    /// @return joins Never less than `forwards`.
    /// @return forwards As many as were mined.
    function counts(bytes32 roomId, address wallet) external view returns (uint64 joins, uint64 forwards) {
        Participant storage participant = _participants[roomId][wallet];
        return (participant.joins, participant.forwards);
    }
}
