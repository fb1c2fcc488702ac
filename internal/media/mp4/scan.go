package mp4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Scan reads the index of the file that r holds in its first size bytes.
//
// The error is ErrNotMP4 or ErrMalformed when the content is at fault, else what r answered. A file that ends too soon
// is no error as long as that is all that is wrong: Info.Truncated says so and Check refuses it.
func Scan(r io.ReaderAt, size int64) (Info, error) {
	s := scanner{w: window{r: r, size: size}}
	s.info.Size = size
	err := s.file()
	switch {
	case errors.Is(err, errMalformed) && s.info.Truncated:
		return s.info, nil
	case errors.Is(err, errMalformed) && s.info.Brand == "":
		return Info{}, ErrNotMP4
	case errors.Is(err, errMalformed):
		return Info{}, ErrMalformed
	case err != nil:
		return Info{}, fmt.Errorf("scan boxes: %w", err)
	}
	return s.info, s.conclude()
}

type scanner struct {
	w          window
	info       Info
	movieScale uint32
	tracks     []track
	moov, mdat bool
}

// file walks the boxes of the file itself.
func (s *scanner) file() error {
	first, err := s.w.header(0, s.w.size)
	if err != nil {
		return err
	}
	if first.kind != "ftyp" || first.len() < 8 || first.len() > int64(len(s.w.buf)) {
		return malformed("begins with %q", first.kind)
	}
	if first.end > s.w.size {
		return malformed("ends in ftyp")
	}
	if err := s.brands(first); err != nil {
		return err
	}
	for off := first.end; s.w.size-off >= 8; {
		b, err := s.w.header(off, s.w.size)
		if err != nil {
			if s.moov && s.mdat && errors.Is(err, errMalformed) && s.w.boxes <= maxBoxes && s.w.read <= maxReadBytes {
				return nil // something that is no box after all that is needed
			}
			return err
		}
		if b.end > s.w.size {
			s.info.Truncated = true
			b.end = s.w.size
			if b.kind != "mdat" {
				return malformed("ends in %q", b.kind)
			}
		}
		if err := s.top(b); err != nil {
			return err
		}
		off = b.end
	}
	return nil
}

func (s *scanner) top(b box) error {
	switch b.kind {
	case "mdat":
		s.mdat = true
	case "moov":
		if s.moov {
			return nil // players use the first
		}
		s.moov, s.info.IndexFirst = true, !s.mdat
		return s.movie(b)
	case "moof":
		s.info.Fragmented = true
		return s.fragment(b)
	}
	return nil
}

func (s *scanner) brands(b box) error {
	all, err := s.w.fields(b, int(b.len()))
	if err != nil {
		return err
	}
	s.info.Brand = string(all[:4])
	s.info.QuickTime = s.info.Brand == "qt  "
	for i := 8; i+4 <= len(all) && s.info.QuickTime; i += 4 {
		switch string(all[i : i+4]) {
		case "isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1":
			s.info.QuickTime = false
		}
	}
	return nil
}

func (s *scanner) movie(moov box) error {
	var mvex box
	err := s.w.each(moov, 0, func(b box) error {
		switch b.kind {
		case "mvhd":
			scale, _, err := s.timing(b)
			s.movieScale = scale
			return err
		case "trak":
			return s.track(b)
		case "mvex":
			mvex = b
		}
		return nil
	})
	if err != nil || mvex.kind == "" {
		return err
	}
	s.info.Fragmented = true
	return s.w.each(mvex, 0, s.defaults) // once the tracks are known
}

// timing reads the timescale and the duration of an mvhd or an mdhd.
func (s *scanner) timing(b box) (scale uint32, length uint64, err error) {
	f, err := s.w.fields(b, 20)
	if err != nil {
		return 0, 0, err
	}
	if f[0] == 0 {
		return binary.BigEndian.Uint32(f[12:]), uint64(binary.BigEndian.Uint32(f[16:])), nil
	}
	f, err = s.w.fields(b, 32)
	if err != nil {
		return 0, 0, err
	}
	return binary.BigEndian.Uint32(f[20:]), binary.BigEndian.Uint64(f[24:]), nil
}

// conclude turns what the tracks say into the answer.
func (s *scanner) conclude() error {
	s.info.Tracks = len(s.tracks)
	for i := len(s.tracks) - 1; i >= 0; i-- {
		t := &s.tracks[i]
		if !t.playable() {
			continue
		}
		s.info.VideoTracks++
		s.info.Codec = t.codec
		s.info.Width, s.info.Height = t.shown()
		s.info.Duration = t.duration(s.movieScale)
		s.info.Frames = int64(min(t.frames(), 1<<62))
		s.info.FrameRate = t.rate()
		if size := uint64(s.w.size); t.lastChunk >= size || t.bytes > size {
			s.info.Truncated = true
		}
		if !s.info.Truncated && t.timed <= maxEntries && !t.agrees() {
			return ErrMalformed
		}
	}
	return nil
}
