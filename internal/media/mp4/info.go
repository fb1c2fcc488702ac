package mp4

import (
	"math"
	"time"
)

// Info is what Scan found out about a file.
type Info struct {
	Size        int64         // bytes of the file
	Brand       string        // major brand of ftyp
	QuickTime   bool          // a QuickTime file that names no MP4 brand
	Tracks      int           // tracks of any kind, attached pictures too
	VideoTracks int           // playable ones: attached pictures aside
	Codec       string        // sample entry of the first playable video track, such as avc1
	Width       int           // pixels as shown: after rotation and pixel aspect
	Height      int           // pixels as shown
	Duration    time.Duration // of the first playable video track, edit list applied
	Frames      int64         // samples in the first playable video track
	FrameRate   float64       // average, frames per second
	Fragmented  bool          // the samples are in moofs
	IndexFirst  bool          // moov comes before the media, so that a browser can start at once
	Truncated   bool          // the file ends before what its boxes or tables point at
}

// pictures are sample entries of attached pictures: a cover, a thumbnail that a camera adds as a track.
var pictures = map[string]bool{"jpeg": true, "mjpa": true, "mjpb": true, "png ": true, "mp4p": true}

// codecs are the sample entries that the pipeline decodes, with the name that ffmpeg has for them.
var codecs = map[string]string{
	"avc1": "h264", "avc2": "h264", "avc3": "h264", "avc4": "h264",
	"hvc1": "hevc", "hev1": "hevc", "dvh1": "hevc", "dvhe": "hevc",
	"av01": "av1",
	"vp09": "vp9",
}

// track is what is known of one trak.
type track struct {
	id        uint32
	handler   string
	codec     string
	turned    bool // by a quarter
	width     int  // of the sample entry
	height    int
	parW      uint32 // pixel aspect; 0 when not given
	parH      uint32
	timescale uint32
	claimed   uint64 // what mdhd says of the length, in timescale
	length    uint64 // of all samples, in timescale
	timed     uint64 // samples that the tables of times, and the fragments, know
	sized     uint64 // samples that the table of sizes knows, and the fragments
	bytes     uint64 // of all samples
	lastChunk uint64 // highest chunk offset
	edits     []edit
	defaultDT uint32 // of a fragment's samples
}

// edit is one entry of an edit list that shows something.
type edit struct {
	length uint64 // in the movie's timescale
	start  uint64 // in the track's timescale
}

// reorderSlack is how much later, in seconds, pictures may be shown than decoded before we doubt it.
const reorderSlack = 0.5

func (t *track) playable() bool {
	return t.handler == "vide" && !pictures[t.codec]
}

// shown is the size on a screen.
func (t *track) shown() (width, height int) {
	width, height = t.width, t.height
	if t.parW > 0 && t.parH > 0 {
		width = int(math.Round(float64(width) * float64(t.parW) / float64(t.parH)))
	}
	if t.turned {
		return height, width
	}
	return width, height
}

// duration is how long the track plays: its samples, cut by its edit list.
func (t *track) duration(movieScale uint32) time.Duration {
	if t.timescale == 0 {
		return 0
	}
	media := seconds(t.length, t.timescale)
	var edited float64
	for _, e := range t.edits {
		start, shown := seconds(e.start, t.timescale), seconds(e.length, movieScale)
		if shown == 0 {
			shown = media - start // an edit of no length means all of it, as fragmented files write it
		}
		// The start counts from the first picture shown, the samples from the first decoded, which may come earlier.
		edited += max(0, min(shown, media-max(0, start-reorderSlack)))
	}
	if edited > 0 {
		media = edited
	}
	return saturate(media)
}

// rate is the average number of samples in a second.
func (t *track) rate() float64 {
	length := seconds(t.length, t.timescale)
	if length == 0 {
		return 0
	}
	return float64(t.frames()) / length
}

func (t *track) frames() uint64 { return max(t.timed, t.sized) }

// agrees says whether the tables tell of as many samples. One of them lies when they do not; a sample more or less, or
// one in a hundred, is a muxer's carelessness.
func (t *track) agrees() bool {
	most, least := t.frames(), min(t.timed, t.sized)
	return most-least <= 1+most/100
}

func seconds(units uint64, scale uint32) float64 {
	if scale == 0 {
		return 0
	}
	return float64(units) / float64(scale)
}

func saturate(s float64) time.Duration {
	const most = math.MaxInt64 / float64(time.Second)
	if s >= most {
		return math.MaxInt64
	}
	return time.Duration(s * float64(time.Second))
}

// add is a + b, or the highest number when that does not fit.
func add(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
