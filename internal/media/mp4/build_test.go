package mp4_test

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// bx is a box with its content.
func bx(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return slices.Concat(u32(uint32(8+len(body))), []byte(kind), body)
}

func u16(v ...uint16) (out []byte) {
	for _, n := range v {
		out = binary.BigEndian.AppendUint16(out, n)
	}
	return out
}

func u32(v ...uint32) (out []byte) {
	for _, n := range v {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	return out
}

func u64(v ...uint64) (out []byte) {
	for _, n := range v {
		out = binary.BigEndian.AppendUint64(out, n)
	}
	return out
}

var (
	upright = []uint32{1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30}
	quarter = []uint32{0, 1 << 16, 0, 0xffff0000, 0, 0, 0, 0, 1 << 30}
)

// clip describes a file that the tests make: what it is by default, the contest takes.
type clip struct {
	brand     []byte
	codec     string
	handler   string
	width     uint16
	height    uint16
	matrix    []uint32
	entry     []byte // boxes inside the sample entry
	edits     []byte // an edts
	stts      []byte
	stsz      []byte
	stco      []byte
	moreTraks [][]byte
	media     []byte
	last      bool // moov at the end
	after     []byte
}

const (
	scale  = 30000
	frames = 900
)

func good() clip {
	return clip{
		brand:   []byte("isom\x00\x00\x02\x00isomiso2avc1mp41"),
		codec:   "avc1",
		handler: "vide",
		width:   1920,
		height:  1080,
		matrix:  upright,
		stts:    bx("stts", u32(0, 1, frames, 1000)),
		stsz:    bx("stsz", u32(0, 1, frames)),
		stco:    bx("stco", u32(0, 1, 48)),
		media:   bx("mdat", make([]byte, 2000)),
	}
}

func (c clip) trak() []byte {
	tkhd := bx("tkhd", u32(3, 0, 0, 1, 0, 30000), make([]byte, 16), u32(c.matrix...), u32(uint32(c.width)<<16, uint32(c.height)<<16))
	entry := bx(c.codec, make([]byte, 24), u16(c.width, c.height), make([]byte, 50), c.entry)
	stbl := bx("stbl", bx("stsd", u32(0, 1), entry), c.stts, c.stsz, c.stco)
	mdia := bx("mdia",
		bx("mdhd", u32(0, 0, 0, scale, frames*1000, 0)),
		bx("hdlr", u32(0, 0), []byte(c.handler), make([]byte, 13)),
		bx("minf", stbl))
	return bx("trak", tkhd, c.edits, mdia)
}

func (c clip) bytes() []byte {
	moov := bx("moov", bx("mvhd", u32(0, 0, 0, 1000, 30000), make([]byte, 80)), c.trak(), bytes.Join(c.moreTraks, nil))
	parts := [][]byte{bx("ftyp", c.brand), moov, c.media}
	if c.last {
		parts[1], parts[2] = parts[2], parts[1]
	}
	return slices.Concat(append(parts, c.after)...)
}

// fragmented is a file whose samples are in moofs, as browsers record it.
func fragmented(moofs int, run []byte, header []byte) []byte {
	c := good()
	c.stts, c.stsz, c.stco = bx("stts", u32(0, 0)), bx("stsz", u32(0, 0, 0)), bx("stco", u32(0, 0))
	moov := bx("moov",
		bx("mvhd", u32(0, 0, 0, 1000, 0), make([]byte, 80)),
		bx("mvex", bx("trex", u32(0, 1, 1, 1000, 0, 0))),
		c.trak())
	out := slices.Concat(bx("ftyp", c.brand), moov)
	for range moofs {
		out = slices.Concat(out, bx("moof", bx("mfhd", u32(0, 1)), bx("traf", header, run)), bx("mdat", make([]byte, 100)))
	}
	return out
}
