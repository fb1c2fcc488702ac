package httpapi_test

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// atom is one box of an MP4 file.
func atom(kind string, fields ...any) []byte {
	var body bytes.Buffer
	for _, f := range fields {
		if nested, ok := f.([]byte); ok {
			body.Write(nested)
			continue
		}
		if err := binary.Write(&body, binary.BigEndian, f); err != nil {
			panic(err)
		}
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(8+body.Len()))
	return slices.Concat(head, []byte(kind), body.Bytes())
}

// film makes the smallest file that says it is a video of so many seconds (10 frames each, of 4 bytes) in that size.
func film(seconds, width, height int) []byte {
	frames := uint32(seconds * 10)
	matrix := []uint32{1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30}
	zeros := func(n int) []byte { return make([]byte, n) }
	movie := func(mediaAt uint32) []byte {
		entry := atom("avc1", zeros(6), uint16(1), zeros(16), uint16(width), uint16(height), zeros(50))
		table := atom("stbl",
			atom("stsd", uint32(0), uint32(1), entry),
			atom("stts", uint32(0), uint32(1), frames, uint32(100)),
			atom("stsc", uint32(0), uint32(1), uint32(1), frames, uint32(1)),
			atom("stsz", uint32(0), uint32(4), frames),
			atom("stco", uint32(0), uint32(1), mediaAt))
		track := atom("trak",
			atom("tkhd", uint32(7), zeros(8), uint32(1), zeros(4), frames*100, zeros(16), matrix, uint32(width)<<16, uint32(height)<<16),
			atom("mdia",
				atom("mdhd", uint32(0), zeros(8), uint32(1000), frames*100, zeros(4)),
				atom("hdlr", uint32(0), zeros(4), []byte("vide"), zeros(13)),
				atom("minf", atom("vmhd", uint32(1), zeros(8)), table)))
		return atom("moov", atom("mvhd", uint32(0), zeros(8), uint32(1000), frames*100, zeros(80)), track)
	}
	start := atom("ftyp", []byte("isom"), uint32(512), []byte("isommp42"))
	at := uint32(len(start) + len(movie(0)) + 8)
	return slices.Concat(start, movie(at), atom("mdat", zeros(int(frames)*4)))
}

// padded is a film made so many bytes large with a box that players skip.
func padded(size int) []byte {
	whole := make([]byte, size) // filled in place: under the race detector each copy of a hundred megabytes takes a second
	at := copy(whole, film(30, 1920, 1080))
	binary.BigEndian.PutUint32(whole[at:], uint32(size-at))
	copy(whole[at+4:], "free")
	return whole
}
