package mp4

import "encoding/binary"

// Flags of tfhd and trun that say which optional fields follow.
const (
	tfhdBaseOffset  = 0x01
	tfhdDescription = 0x02
	tfhdDuration    = 0x08
	trunDataOffset  = 0x01
	trunFirstFlags  = 0x04
	trunDurations   = 0x100
	trunFields      = 0xf00
)

// defaults reads a trex: how long a sample of a fragment lasts unless the fragment says otherwise.
func (s *scanner) defaults(b box) error {
	if b.kind != "trex" {
		return nil
	}
	f, err := s.w.fields(b, 16)
	if err != nil {
		return err
	}
	if t := s.byID(binary.BigEndian.Uint32(f[4:])); t != nil {
		t.defaultDT = binary.BigEndian.Uint32(f[12:])
	}
	return nil
}

func (s *scanner) byID(id uint32) *track {
	for i := range s.tracks {
		if s.tracks[i].id == id {
			return &s.tracks[i]
		}
	}
	return nil
}

// fragment adds the samples of one moof to their tracks.
func (s *scanner) fragment(moof box) error {
	return s.w.each(moof, 0, func(b box) error {
		if b.kind != "traf" {
			return nil
		}
		var t *track
		var dt uint32
		return s.w.each(b, 0, func(b box) error {
			var err error
			switch {
			case b.kind == "tfhd":
				t, dt, err = s.fragmentHeader(b)
			case b.kind == "trun" && t != nil && t.handler == "vide":
				err = s.run(t, b, dt)
			}
			return err
		})
	})
}

// fragmentHeader is the track that a tfhd is about, if there is one, and how long its samples last.
func (s *scanner) fragmentHeader(b box) (*track, uint32, error) {
	f, err := s.w.fields(b, 8)
	if err != nil {
		return nil, 0, err
	}
	flags := binary.BigEndian.Uint32(f) & 0xffffff
	t := s.byID(binary.BigEndian.Uint32(f[4:]))
	if t == nil {
		return nil, 0, nil
	}
	if flags&tfhdDuration == 0 {
		return t, t.defaultDT, nil
	}
	at := 8
	if flags&tfhdBaseOffset != 0 {
		at += 8
	}
	if flags&tfhdDescription != 0 {
		at += 4
	}
	if f, err = s.w.fields(b, at+4); err != nil {
		return nil, 0, err
	}
	return t, binary.BigEndian.Uint32(f[at:]), nil
}

// run adds the samples of a trun to t.
func (s *scanner) run(t *track, b box, dt uint32) error {
	f, err := s.w.fields(b, 8)
	if err != nil {
		return err
	}
	flags, count := binary.BigEndian.Uint32(f)&0xffffff, binary.BigEndian.Uint32(f[4:])
	t.timed, t.sized = add(t.timed, uint64(count)), add(t.sized, uint64(count))
	if flags&trunDurations == 0 || count > maxEntries {
		t.length = add(t.length, uint64(count)*uint64(dt))
		return nil
	}
	skip, width := int64(8), 0
	if flags&trunDataOffset != 0 {
		skip += 4
	}
	if flags&trunFirstFlags != 0 {
		skip += 4
	}
	for field := uint32(trunDurations); field&trunFields != 0; field <<= 1 {
		if flags&field != 0 {
			width += 4
		}
	}
	return s.w.table(b, skip, width, count, func(e []byte) {
		t.length = add(t.length, uint64(binary.BigEndian.Uint32(e)))
	})
}
