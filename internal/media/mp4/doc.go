// Package mp4 looks at the boxes of an MP4 file (ISO/IEC 14496-12) and says whether the contest takes it.
//
// Scan reads the index of a file (moov, or moov and the moofs of a fragmented one) and never its pictures; Check
// holds what it found against the limits and answers with a refusal that names the value and the limit.
// It runs in the API process on files that strangers send, so it must not start a process, must not decode, must not
// trust a number that a header claims, and never allocates by one: boxes, depth, table entries and bytes read are all
// bounded, and a file that passes a bound is refused as malformed.
//
// What a header claims and what the tables add up to may differ. The tables win, since a player plays those: the
// length of a track is the sum of its sample durations, cut by its edit list; the movie header is not looked at.
package mp4

import "time"

// What the contest takes. Both ends of every range are inside it.
const (
	MaxBytes      = 100 << 20              // size of a file
	MinDuration   = 20 * time.Second       // of the video track
	MaxDuration   = 60 * time.Second       // of the video track
	Tolerance     = 500 * time.Millisecond // added to both ends of the duration, since containers round
	MinShortSide  = 1080                   // pixels, after rotation and pixel aspect
	MaxLongSide   = 4096                   // pixels
	MaxPixels     = 4096 * 2304            // pixels of one frame
	MinFrameRate  = 10                     // frames per second, on average
	MaxFrameRate  = 130                    // frames per second, on average
	MaxFrames     = 8000                   // frames in the video track
	MaxTracks     = 8                      // tracks of any kind
	frameRateSlop = 0.01                   // share by which an average may miss either end, since timescales round
)

// What Scan is willing to do for one file.
const (
	maxBoxes      = 200_000  // box headers looked at
	maxReadBytes  = 64 << 20 // bytes read
	maxEntries    = 1 << 18  // entries of one table; more is counted and not read
	maxEdits      = 1024     // entries of one edit list
	maxScanTracks = 64       // tracks remembered
	maxKidBoxes   = 4096     // boxes inside one box, the file itself aside
)
