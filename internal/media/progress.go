package media

import (
	"bytes"
	"strconv"
)

// meter reads what ffmpeg's -progress writes and turns frames into percent. The frames of the first output count;
// times are of no use, since they run ahead with several outputs.
type meter struct {
	expected int // frames of the clip
	report   func(percent int)
	beats    chan struct{} // gets one, without waiting, for every new frame
	frames   int
	percent  int
	rest     []byte // a line that is not complete
}

// The share of a job that the pass stands for; the rest is poster, preview and checks.
const passPercent = 95

func newMeter(expected int, report func(int)) *meter {
	return &meter{expected: max(expected, 1), report: report, beats: make(chan struct{}, 1)}
}

func (m *meter) Write(p []byte) (int, error) {
	m.rest = append(m.rest, p...)
	for {
		line, after, found := bytes.Cut(m.rest, []byte("\n"))
		if !found {
			break
		}
		m.rest = after
		m.line(string(line))
	}
	if len(m.rest) > 4096 { // no line of ffmpeg's is as long
		m.rest = nil
	}
	return len(p), nil
}

func (m *meter) line(line string) {
	value, found := bytes.CutPrefix([]byte(line), []byte("frame="))
	if !found {
		return
	}
	frames, err := strconv.Atoi(string(bytes.TrimSpace(value)))
	if err != nil || frames <= m.frames {
		return
	}
	m.frames = frames
	select {
	case m.beats <- struct{}{}:
	default:
	}
	m.advance(min(frames, m.expected) * passPercent / m.expected)
}

func (m *meter) advance(percent int) {
	if percent > m.percent {
		m.percent = percent
		if m.report != nil {
			m.report(percent)
		}
	}
}
