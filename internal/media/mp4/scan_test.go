package mp4_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/internal/media/mp4"
)

func scan(t *testing.T, file []byte) mp4.Info {
	t.Helper()
	info, err := mp4.Scan(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatalf("Scan: %v", err)
	}
	return info
}

func TestScanReadsWhatAFileIs(t *testing.T) {
	t.Parallel()
	got := scan(t, good().bytes())
	want := mp4.Info{
		Size: int64(len(good().bytes())), Brand: "isom", Tracks: 1, VideoTracks: 1, Codec: "avc1", Width: 1920, Height: 1080,
		Duration: 30 * time.Second, Frames: frames, FrameRate: 30, IndexFirst: true,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestScanFollowsTheTables(t *testing.T) {
	t.Parallel()
	sound := good()
	sound.handler, sound.stts = "soun", bx("stts", u32(0, 0xffffffff)) // not read
	cover := good()
	cover.codec = "jpeg"
	second := good()
	cases := map[string]struct {
		change func(*clip)
		check  func(mp4.Info) bool
	}{
		"moov at the end":        {func(c *clip) { c.last = true }, func(i mp4.Info) bool { return !i.IndexFirst && i.Duration == 30*time.Second }},
		"turned by a quarter":    {func(c *clip) { c.matrix = quarter }, func(i mp4.Info) bool { return i.Width == 1080 && i.Height == 1920 }},
		"wide pixels":            {func(c *clip) { c.width, c.entry = 1440, bx("pasp", u32(4, 3)) }, func(i mp4.Info) bool { return i.Width == 1920 }},
		"pixels of no size":      {func(c *clip) { c.entry = bx("pasp", u32(0, 0)) }, func(i mp4.Info) bool { return i.Width == 1920 }},
		"odd boxes in the entry": {func(c *clip) { c.entry = u32(0xffff, 0x61626364) }, func(i mp4.Info) bool { return i.Width == 1920 }},
		"sound beside it":        {func(c *clip) { c.moreTraks = [][]byte{sound.trak()} }, func(i mp4.Info) bool { return i.Tracks == 2 && i.VideoTracks == 1 }},
		"a cover beside it":      {func(c *clip) { c.moreTraks = [][]byte{cover.trak()} }, func(i mp4.Info) bool { return i.Tracks == 2 && i.VideoTracks == 1 }},
		"two videos":             {func(c *clip) { c.moreTraks = [][]byte{second.trak()} }, func(i mp4.Info) bool { return i.VideoTracks == 2 }},
		"tables shorter than the header says": {
			func(c *clip) { c.stts, c.stsz = bx("stts", u32(0, 1, 150, 1000)), bx("stsz", u32(0, 1, 150)) },
			func(i mp4.Info) bool { return i.Duration == 5*time.Second },
		},
		"an edit list that cuts": {
			func(c *clip) { c.edits = bx("edts", bx("elst", u32(0, 2, 500, 0xffffffff, 1<<16, 20000, 0, 1<<16))) },
			func(i mp4.Info) bool { return i.Duration == 20*time.Second && i.FrameRate == 30 },
		},
		"an edit list that claims more than there is": {
			func(c *clip) { c.edits = bx("edts", bx("elst", []byte{1, 0, 0, 0}, u32(1), u64(1<<40, 0), u32(1<<16))) },
			func(i mp4.Info) bool { return i.Duration == 30*time.Second },
		},
		"an edit of no length": {
			func(c *clip) { c.edits = bx("edts", bx("elst", u32(0, 1, 0, scale, 1<<16))) },
			func(i mp4.Info) bool { return i.Duration == 29*time.Second },
		},
		"durations beyond all numbers": {
			func(c *clip) {
				c.stts = bx("stts", u32(0, 2, math.MaxUint32, math.MaxUint32, math.MaxUint32, math.MaxUint32))
			},
			func(i mp4.Info) bool { return i.Duration > time.Hour && i.Frames == 2*math.MaxUint32 },
		},
		"sizes in few bits":        {func(c *clip) { c.stsz = bx("stz2", u32(0, 8, frames), make([]byte, frames)) }, func(i mp4.Info) bool { return i.Frames == frames }},
		"a careless muxer":         {func(c *clip) { c.stsz = bx("stsz", u32(0, 1, frames-8)) }, func(i mp4.Info) bool { return i.Frames == frames }},
		"a chunk behind the end":   {func(c *clip) { c.stco = bx("stco", u32(0, 1, 1<<20)) }, func(i mp4.Info) bool { return i.Truncated }},
		"a chunk far behind":       {func(c *clip) { c.stco = bx("co64", u32(0, 1), u64(1<<40)) }, func(i mp4.Info) bool { return i.Truncated }},
		"more samples than bytes":  {func(c *clip) { c.stsz = bx("stsz", u32(0, 1<<30, frames)) }, func(i mp4.Info) bool { return i.Truncated }},
		"listed samples too large": {func(c *clip) { c.stsz = bx("stsz", u32(0, 0, 1, 1<<30)) }, func(i mp4.Info) bool { return i.Truncated }},
		"media to the end":         {func(c *clip) { c.media = append(u32(0), append([]byte("mdat"), make([]byte, 2000)...)...) }, func(i mp4.Info) bool { return !i.Truncated }},
		"rubbish behind":           {func(c *clip) { c.after = make([]byte, 100); c.after[3] = 1 }, func(i mp4.Info) bool { return i.Duration == 30*time.Second }},
		"a large box header": {
			func(c *clip) {
				c.media = append(append(u32(1), "mdat"...), append(u64(2016), make([]byte, 2000)...)...)
			},
			func(i mp4.Info) bool { return !i.Truncated },
		},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := good()
			test.change(&c)
			if info := scan(t, c.bytes()); !test.check(info) {
				t.Errorf("got %+v", info)
			}
		})
	}
}

func TestScanAddsUpFragments(t *testing.T) {
	t.Parallel()
	plain := bx("tfhd", u32(0, 1))
	cases := map[string]struct{ header, run []byte }{
		"length from trex": {plain, bx("trun", u32(0, 90))},
		"length from tfhd": {bx("tfhd", u32(tfhdAll, 1), u64(0), u32(1, 1000)), bx("trun", u32(0, 90))},
		"length of each": {plain, bx("trun", u32(0xf05, 3, 0, 0), // offset, first flags, then four fields a sample
			u32(30000, 1, 0, 0), u32(30000, 1, 0, 0), u32(30000, 1, 0, 0))},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			info := scan(t, fragmented(10, test.run, test.header))
			if !info.Fragmented || info.Duration != 30*time.Second || info.Frames == 0 {
				t.Errorf("got %+v", info)
			}
		})
	}
	other := scan(t, fragmented(10, bx("trun", u32(0, 90)), bx("tfhd", u32(0, 7))))
	if other.Duration != 0 {
		t.Errorf("samples of an unknown track count: %+v", other)
	}
}

const tfhdAll = 0x01 | 0x02 | 0x08

func TestScanSeesWhereAFileWasCut(t *testing.T) {
	t.Parallel()
	front, back := good().bytes(), good()
	back.last = true
	for name, file := range map[string][]byte{
		"in the media":             front[:len(front)-1000],
		"in the media before moov": back.bytes()[:1000],
		"in moov":                  back.bytes()[:len(back.bytes())-50],
	} {
		if info := scan(t, file); !info.Truncated || !errors.Is(mp4.Check(info), mp4.ErrTruncated) {
			t.Errorf("%s: got %+v, %v", name, info, mp4.Check(info))
		}
	}
}

func TestScanRefusesWhatIsNoMP4(t *testing.T) {
	t.Parallel()
	lyingCount := good()
	lyingCount.stsz = bx("stsz", u32(0, 0, 1<<17))
	disagreeing := good()
	disagreeing.stsz = bx("stsz", u32(0, 1, 12))
	outgrown := good()
	outgrown.entry, outgrown.edits = nil, []byte{0, 0, 0xff, 0xff, 'e', 'd', 't', 's'}
	manyEdits := good()
	manyEdits.edits = bx("edts", bx("elst", u32(0, 1<<20)))
	manyTracks := good()
	for range 70 {
		manyTracks.moreTraks = append(manyTracks.moreTraks, bx("trak"))
	}
	manyBoxes := good()
	manyBoxes.edits = bytes.Repeat(bx("free"), 5000)
	for name, test := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":               {nil, mp4.ErrNotMP4},
		"seven bytes":           {[]byte("\x00\x00\x00\x08fty"), mp4.ErrNotMP4},
		"text":                  {[]byte("ffconcat version 1.0\nfile /etc/passwd\n"), mp4.ErrNotMP4},
		"a playlist":            {[]byte("#EXTM3U\n#EXTINF:30,\nhttp://127.0.0.1:9/x.ts\n"), mp4.ErrNotMP4},
		"a ftyp without brand":  {bx("ftyp"), mp4.ErrNotMP4},
		"a ftyp beyond the end": {[]byte("\x00\x00\x10\x00ftypisom\x00\x00\x00\x00"), mp4.ErrNotMP4},
		"a box of three bytes":  {append(bx("ftyp", []byte("isom\x00\x00\x00\x00")), 0, 0, 0, 3, 'f', 'r', 'e', 'e', 0, 0), mp4.ErrMalformed},
		"tables that disagree":  {disagreeing.bytes(), mp4.ErrMalformed},
		"a count that lies":     {lyingCount.bytes(), mp4.ErrMalformed},
		"a box outgrown":        {outgrown.bytes(), mp4.ErrMalformed},
		"a million edits":       {manyEdits.bytes(), mp4.ErrMalformed},
		"seventy tracks":        {manyTracks.bytes(), mp4.ErrMalformed},
		"five thousand boxes":   {manyBoxes.bytes(), mp4.ErrMalformed},
	} {
		_, err := mp4.Scan(bytes.NewReader(test.file), int64(len(test.file)))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if _, ok := errors.AsType[*fault.Fault](err); !ok {
			t.Errorf("%s: %v is no refusal", name, err)
		}
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func TestScanTellsABrokenDiskFromABrokenFile(t *testing.T) {
	t.Parallel()
	_, err := mp4.Scan(broken{}, 1000)
	if _, refused := errors.AsType[*fault.Fault](err); refused || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

func TestScanReadsLittle(t *testing.T) {
	t.Parallel()
	c := good()
	c.media = bx("mdat", make([]byte, 50<<20))
	file := c.bytes()
	counter := &counting{r: bytes.NewReader(file)}
	if _, err := mp4.Scan(counter, int64(len(file))); err != nil {
		t.Fatal(err)
	}
	if counter.n > 64<<10 {
		t.Errorf("read %d bytes of a file whose index has a kilobyte", counter.n)
	}
}

type counting struct {
	r io.ReaderAt
	n int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.n += n
	return n, err
}
