package mp4_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/media/mp4"
)

// FuzzScan: whatever the bytes are, Scan ends soon, does not panic, and says nothing that cannot be.
func FuzzScan(f *testing.F) {
	turned, last, sound, edited := good(), good(), good(), good()
	turned.matrix, turned.entry = quarter, bx("pasp", u32(4, 3))
	last.last = true
	sound.handler = "soun"
	edited.edits = bx("edts", bx("elst", []byte{1, 0, 0, 0}, u32(1), u64(20000, 0), u32(1<<16)))
	edited.stco = bx("co64", u32(0, 1), u64(48))
	for _, c := range []clip{good(), turned, last, sound, edited} {
		f.Add(c.bytes())
		f.Add(c.bytes()[:len(c.bytes())*2/3])
	}
	f.Add(fragmented(3, bx("trun", u32(0, 90)), bx("tfhd", u32(0, 1))))
	f.Add(fragmented(1, bx("trun", u32(0xf05, 1, 0, 0, 30000, 1, 0, 0)), bx("tfhd", u32(tfhdAll, 1), u64(0), u32(1, 1000))))
	f.Add([]byte{})
	f.Add([]byte("\x00\x00\x00\x01ftyp\x00\x00\x00\x00\x00\x00\x00\x18isom\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		start := time.Now()
		info, err := mp4.Scan(bytes.NewReader(file), int64(len(file)))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if err != nil {
			return
		}
		if info.Size != int64(len(file)) || info.Duration < 0 || info.Frames < 0 || info.Width < 0 || info.Height < 0 ||
			info.VideoTracks > info.Tracks {
			t.Errorf("got %+v", info)
		}
		_ = mp4.Check(info)
	})
}
