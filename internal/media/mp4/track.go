package mp4

import (
	"encoding/binary"
	"errors"
)

// track reads one trak.
func (s *scanner) track(trak box) error {
	if len(s.tracks) == maxScanTracks {
		return malformed("more than %d tracks", maxScanTracks)
	}
	s.tracks = append(s.tracks, track{})
	t := &s.tracks[len(s.tracks)-1]
	return s.w.each(trak, 0, func(b box) error {
		switch b.kind {
		case "tkhd":
			return s.trackHeader(t, b)
		case "edts":
			return s.w.each(b, 0, func(b box) error { return s.editList(t, b) })
		case "mdia":
			return s.media(t, b)
		}
		return nil
	})
}

func (s *scanner) trackHeader(t *track, b box) error {
	f, err := s.w.fields(b, 84)
	if err != nil {
		return err
	}
	id, matrix := 12, 40
	if f[0] != 0 {
		if f, err = s.w.fields(b, 96); err != nil {
			return err
		}
		id, matrix = 20, 52
	}
	t.id = binary.BigEndian.Uint32(f[id:])
	cell := func(i int) float64 { return float64(int32(binary.BigEndian.Uint32(f[matrix+4*i:]))) }
	t.turned = abs(cell(1))+abs(cell(3)) > abs(cell(0))+abs(cell(4))
	return nil
}

func abs(f float64) float64 { return max(f, -f) }

func (s *scanner) editList(t *track, b box) error {
	if b.kind != "elst" {
		return nil
	}
	f, err := s.w.fields(b, 8)
	if err != nil {
		return err
	}
	long, count := f[0] == 1, binary.BigEndian.Uint32(f[4:])
	if count > maxEdits {
		return malformed("%d edits", count)
	}
	width := 12
	if long {
		width = 20
	}
	return s.w.table(b, 8, width, count, func(e []byte) {
		length, start := uint64(binary.BigEndian.Uint32(e)), int64(int32(binary.BigEndian.Uint32(e[4:])))
		if long {
			length, start = binary.BigEndian.Uint64(e), int64(binary.BigEndian.Uint64(e[8:]))
		}
		if start >= 0 { // a negative start is a pause before the track
			t.edits = append(t.edits, edit{length: length, start: uint64(start)})
		}
	})
}

func (s *scanner) media(t *track, mdia box) error {
	var minf box
	err := s.w.each(mdia, 0, func(b box) error {
		switch b.kind {
		case "mdhd":
			scale, length, err := s.timing(b)
			t.timescale, t.claimed = scale, length
			return err
		case "hdlr":
			f, err := s.w.fields(b, 12)
			if err == nil {
				t.handler = string(f[8:12])
			}
			return err
		case "minf":
			minf = b
		}
		return nil
	})
	if err != nil || minf.kind == "" || t.handler != "vide" {
		return err // only the tables of a video track are read
	}
	return s.w.each(minf, 0, func(b box) error {
		if b.kind != "stbl" {
			return nil
		}
		return s.w.each(b, 0, func(b box) error { return s.sampleTable(t, b) })
	})
}

func (s *scanner) sampleTable(t *track, b box) error {
	switch b.kind {
	case "stsd":
		return s.sampleEntry(t, b)
	case "stts":
		return s.sampleTimes(t, b)
	case "stsz":
		return s.sampleSizes(t, b)
	case "stz2":
		f, err := s.w.fields(b, 12)
		if err == nil {
			t.sized = uint64(binary.BigEndian.Uint32(f[8:]))
		}
		return err
	case "stco":
		return s.chunks(t, b, 4)
	case "co64":
		return s.chunks(t, b, 8)
	}
	return nil
}

// sampleEntry reads the first sample entry: what the samples are coded with and how large they are.
func (s *scanner) sampleEntry(t *track, stsd box) error {
	if t.codec != "" || stsd.len() < 16 {
		return nil
	}
	entry, err := s.w.header(stsd.body+8, stsd.end)
	if err != nil {
		return err
	}
	if entry.end > stsd.end {
		return malformed("sample entry %q leaves its box", entry.kind)
	}
	f, err := s.w.fields(entry, 28)
	if err != nil {
		return err
	}
	t.codec = entry.kind
	t.width, t.height = int(binary.BigEndian.Uint16(f[24:])), int(binary.BigEndian.Uint16(f[26:]))
	err = s.w.each(entry, 78, func(b box) error {
		if b.kind != "pasp" {
			return nil
		}
		f, err := s.w.fields(b, 8)
		if err == nil {
			t.parW, t.parH = binary.BigEndian.Uint32(f), binary.BigEndian.Uint32(f[4:])
		}
		return err
	})
	if errors.Is(err, errMalformed) {
		return nil // what cameras write behind the entry is theirs; without a pasp, pixels are square
	}
	return err
}

// sampleTimes adds up how long the samples last, unless there are so many that the header's word is enough to refuse.
func (s *scanner) sampleTimes(t *track, b box) error {
	f, err := s.w.fields(b, 8)
	if err != nil {
		return err
	}
	count := binary.BigEndian.Uint32(f[4:])
	if count > maxEntries {
		t.length, t.timed = t.claimed, uint64(count)
		return nil
	}
	var length, frames uint64
	err = s.w.table(b, 8, 8, count, func(e []byte) {
		n, delta := uint64(binary.BigEndian.Uint32(e)), uint64(binary.BigEndian.Uint32(e[4:]))
		frames = add(frames, n)
		length = add(length, n*delta)
	})
	t.length, t.timed = length, frames
	return err
}

func (s *scanner) sampleSizes(t *track, b box) error {
	f, err := s.w.fields(b, 12)
	if err != nil {
		return err
	}
	each, count := uint64(binary.BigEndian.Uint32(f[4:])), binary.BigEndian.Uint32(f[8:])
	t.sized = uint64(count)
	if each != 0 || count > maxEntries {
		t.bytes = each * uint64(count)
		return nil
	}
	return s.w.table(b, 12, 4, count, func(e []byte) {
		t.bytes = add(t.bytes, uint64(binary.BigEndian.Uint32(e)))
	})
}

// chunks finds the chunk that lies farthest back.
func (s *scanner) chunks(t *track, b box, width int) error {
	f, err := s.w.fields(b, 8)
	if err != nil {
		return err
	}
	count := binary.BigEndian.Uint32(f[4:])
	if count > maxEntries {
		return malformed("%d chunks", count)
	}
	return s.w.table(b, 8, width, count, func(e []byte) {
		off := uint64(binary.BigEndian.Uint32(e))
		if width == 8 {
			off = binary.BigEndian.Uint64(e)
		}
		t.lastChunk = max(t.lastChunk, off)
	})
}
