package mp4

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/rising-stars/showcase/internal/fault"
)

// The refusals of Scan and Check. Check answers with copies that name the value and the limit; errors.Is knows them.
var (
	ErrNotMP4 = fault.New(fault.Invalid, "upload.not-an-mp4",
		"El archivo no es un video MP4.", "The file is not an MP4 video.")
	ErrMalformed = fault.New(fault.Invalid, "upload.malformed",
		"El archivo MP4 está dañado: su índice no se puede leer.", "The MP4 file is damaged: its index cannot be read.")
	ErrTooLarge = fault.New(fault.Invalid, "upload.too-large",
		"El archivo pesa más de 100 MB.", "The file is larger than 100 MB.")
	ErrTruncated = fault.New(fault.Invalid, "upload.truncated",
		"El archivo está incompleto: termina antes que el video.", "The file is incomplete: it ends before its video does.")
	ErrTooManyTracks = fault.New(fault.Invalid, "upload.too-many-tracks",
		"El archivo tiene demasiadas pistas.", "The file has too many tracks.")
	ErrNoVideo = fault.New(fault.Invalid, "upload.no-video-track",
		"El archivo no tiene ninguna pista de video.", "The file has no video track.")
	ErrSeveralVideos = fault.New(fault.Invalid, "upload.several-video-tracks",
		"El archivo tiene varias pistas de video.", "The file has several video tracks.")
	ErrCodec = fault.New(fault.Invalid, "upload.codec",
		"El formato de compresión del video no se admite.", "The video's codec is not supported.")
	ErrTooShort = fault.New(fault.Invalid, "upload.too-short",
		"El video dura demasiado poco.", "The video is too short.")
	ErrTooLong = fault.New(fault.Invalid, "upload.too-long",
		"El video dura demasiado.", "The video is too long.")
	ErrTooSmall = fault.New(fault.Invalid, "upload.too-small",
		"La resolución del video es demasiado baja.", "The video's resolution is too low.")
	ErrTooManyPixels = fault.New(fault.Invalid, "upload.resolution-too-high",
		"La resolución del video es demasiado alta.", "The video's resolution is too high.")
	ErrFrameRate = fault.New(fault.Invalid, "upload.frame-rate",
		"El número de imágenes por segundo del video no se admite.", "The video's frame rate is not supported.")
	ErrTooManyFrames = fault.New(fault.Invalid, "upload.too-many-frames",
		"El video tiene demasiadas imágenes.", "The video has too many frames.")
)

// Check is nil when the contest takes the file, else the first refusal that applies, with a sentence that names the value
// and the limit. It looks at what Scan found and at nothing else, so that the worker can ask again with what its
// decoder says in place of what the boxes say.
func Check(i Info) error {
	for _, rule := range []func(Info) *fault.Fault{container, streams, length, picture, rate} {
		if refusal := rule(i); refusal != nil {
			return refusal
		}
	}
	return nil
}

func container(i Info) *fault.Fault {
	switch {
	case i.Size > MaxBytes:
		return ErrTooLarge.WithDetail(
			fmt.Sprintf("El archivo pesa %s MB; el máximo es %d MB.", comma(megabytes(i.Size)), MaxBytes>>20),
			fmt.Sprintf("The file is %s MB; the maximum is %d MB.", point(megabytes(i.Size)), MaxBytes>>20))
	case i.QuickTime:
		return ErrNotMP4.WithDetail(
			"El archivo es un QuickTime (MOV), no un MP4; expórtalo como MP4.",
			"The file is QuickTime (MOV), not MP4; export it as MP4.")
	case i.Truncated:
		return ErrTruncated
	}
	return nil
}

func streams(i Info) *fault.Fault {
	switch {
	case i.Tracks > MaxTracks:
		return ErrTooManyTracks.WithDetail(
			fmt.Sprintf("El archivo tiene %d pistas; el máximo es %d.", i.Tracks, MaxTracks),
			fmt.Sprintf("The file has %d tracks; the maximum is %d.", i.Tracks, MaxTracks))
	case i.VideoTracks == 0:
		return ErrNoVideo
	case i.VideoTracks > 1:
		return ErrSeveralVideos.WithDetail(
			fmt.Sprintf("El archivo tiene %d pistas de video; debe tener una.", i.VideoTracks),
			fmt.Sprintf("The file has %d video tracks; it must have one.", i.VideoTracks))
	case codecs[i.Codec] == "":
		return ErrCodec.WithDetail(
			fmt.Sprintf("El video está comprimido con «%s»; se admiten H.264, HEVC, AV1 y VP9.", printable(i.Codec)),
			fmt.Sprintf("The video is coded with %q; H.264, HEVC, AV1 and VP9 are supported.", printable(i.Codec)))
	}
	return nil
}

func length(i Info) *fault.Fault {
	s := i.Duration.Seconds()
	switch {
	case i.Duration < MinDuration-Tolerance:
		return ErrTooShort.WithDetail(
			fmt.Sprintf("El video dura %s s; el mínimo es %.0f s.", comma(s), MinDuration.Seconds()),
			fmt.Sprintf("The video lasts %s s; the minimum is %.0f s.", point(s), MinDuration.Seconds()))
	case i.Duration > MaxDuration+Tolerance:
		return ErrTooLong.WithDetail(
			fmt.Sprintf("El video dura %s s; el máximo es %.0f s.", comma(s), MaxDuration.Seconds()),
			fmt.Sprintf("The video lasts %s s; the maximum is %.0f s.", point(s), MaxDuration.Seconds()))
	}
	return nil
}

func picture(i Info) *fault.Fault {
	short, long := min(i.Width, i.Height), max(i.Width, i.Height)
	switch {
	case short < MinShortSide:
		return ErrTooSmall.WithDetail(
			fmt.Sprintf("El video mide %d×%d; el lado corto debe tener al menos %d píxeles.", i.Width, i.Height, MinShortSide),
			fmt.Sprintf("The video is %d×%d; its short side must have at least %d pixels.", i.Width, i.Height, MinShortSide))
	case long > MaxLongSide || short > MaxPixels/long:
		return ErrTooManyPixels.WithDetail(
			fmt.Sprintf("El video mide %d×%d; el máximo es %d×%d.", i.Width, i.Height, MaxLongSide, MaxPixels/MaxLongSide),
			fmt.Sprintf("The video is %d×%d; the maximum is %d×%d.", i.Width, i.Height, MaxLongSide, MaxPixels/MaxLongSide))
	}
	return nil
}

func rate(i Info) *fault.Fault {
	switch {
	case i.FrameRate < MinFrameRate*(1-frameRateSlop), i.FrameRate > MaxFrameRate*(1+frameRateSlop), math.IsNaN(i.FrameRate):
		return ErrFrameRate.WithDetail(
			fmt.Sprintf("El video tiene %s imágenes por segundo; se admiten de %d a %d.", comma(i.FrameRate), MinFrameRate, MaxFrameRate),
			fmt.Sprintf("The video has %s frames per second; %d to %d are supported.", point(i.FrameRate), MinFrameRate, MaxFrameRate))
	case i.Frames > MaxFrames:
		return ErrTooManyFrames.WithDetail(
			fmt.Sprintf("El video tiene %d imágenes; el máximo es %d.", i.Frames, MaxFrames),
			fmt.Sprintf("The video has %d frames; the maximum is %d.", i.Frames, MaxFrames))
	}
	return nil
}

// point writes a number with at most one decimal.
func point(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

func comma(f float64) string { return strings.Replace(point(f), ".", ",", 1) }

func megabytes(n int64) float64 { return math.Ceil(float64(n)/(1<<20)*10) / 10 }

// printable is a four-character code that is safe to show.
func printable(code string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`<>&"'`, r) {
			return '?'
		}
		return r
	}, code)
}
