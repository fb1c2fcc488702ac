// Package media turns what a player uploaded into what the contest shows.
//
// A Pipeline takes one original and makes one clip: opening bumper, at most the first 30 seconds with the watermark,
// closing bumper, as 1280×720 H.264 without sound or metadata; a poster as JPEG and WebP; a small muted preview; and a
// perceptual hash. One ffmpeg pass does the video; a second, small one makes poster and preview from the pass's stills.
//
// The original comes from a stranger. Its boxes are judged in Go (package mp4) before anything decodes it; ffprobe and
// ffmpeg then run in a sandbox (package sandbox) with only the mov demuxer, a file protocol, four decoders and a limit
// on pixels. Every run has a deadline, and a watch on its progress.
//
// What goes wrong is sorted for the caller, who decides about retries:
//
//	*Permanent   the video is at fault and stays so: refuse it, with the sentence for the player
//	*Suspect     the video is at fault unless this machine is: try once more elsewhere, then refuse it
//	ErrNotReady  we are at fault (ffmpeg, artwork, sandbox): take no more jobs
//	others       trouble of the moment (shutdown, memory, disk): try again later
//
// The package knows nothing of queues, object stores or events, removes nothing that it did not make, and writes only
// below the directories that it is given.
package media

import "time"

// What comes out.
const (
	Width         = 1280 // pixels
	Height        = 720  // pixels
	FrameRate     = 30   // frames per second
	MaxClip       = 30 * time.Second
	Bumper        = 2500 * time.Millisecond // each of the two
	PreviewWidth  = 320                     // pixels
	PreviewHeight = 180                     // pixels
	PosterWidth   = 640                     // pixels
	PosterHeight  = 360                     // pixels
	bumperFrames  = int(Bumper * FrameRate / time.Second)
)

// What a job may cost.
const (
	minFreeBytes  = 1 << 30           // free space of the scratch directory's disk, below which no job begins
	probeDeadline = 15 * time.Second  // of one ffprobe
	hardDeadline  = 5 * time.Minute   // of one ffmpeg
	stallDeadline = 30 * time.Second  // without a new frame
	termGrace     = 5 * time.Second   // between SIGTERM and SIGKILL
	cpuLimit      = 240 * time.Second // of one process
	fileLimit     = 256 << 20         // bytes of one file that a process writes
	openFileLimit = 64                // descriptors of one process
	addressLimit  = 4 << 30           // bytes of one process's address space: 4K HEVC needs less than half
	stderrLimit   = 8 << 10           // bytes kept of what a process complains about
	probeLimit    = 1 << 20           // bytes of ffprobe's answer
	lengthSlop    = 500 * time.Millisecond
)
