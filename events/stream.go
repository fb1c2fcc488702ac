package events

import "encoding/hex"

// AccountStream is the stream of the account with an e-mail of this HMAC (16 to 32 bytes).
func AccountStream(emailMAC []byte) string { return "account-" + hex.EncodeToString(emailMAC) }

// VideoStream is a video's stream.
func VideoStream(id ID) string { return "video-" + id.String() }

// BallotStream is the stream of one voter's ballot for one video. It is made of both ids, so that two ballots can
// never share one.
func BallotStream(voter, video ID) string { return "ballot-" + voter.String() + "-" + video.String() }

// ContestStream is a contest's stream.
func ContestStream(id ID) string { return "contest-" + id.String() }

// LedgerStream is the stream of the acts on a contest's ballots. It is not the contest's own, which every vote reads.
func LedgerStream(contest ID) string { return "ledger-" + contest.String() }

// OperationStream is the stream of what organisers do to a contest's machinery.
func OperationStream(contest ID) string { return "operations-" + contest.String() }
