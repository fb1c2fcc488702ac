package media

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Colours that every output and every bumper declares: BT.709, limited range.
var colours = []string{"-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"}

// bare leaves out everything that tells where and with what a file was made.
var bare = []string{"-an", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"}

// Stills and frames for the hash are taken from the whole clip, bumpers included, at these rates; the readers leave the
// bumpers out by number. Cutting them out in the graph would make ffmpeg 7 hold back the clip while an output has
// nothing to show: 40 MB for every second.
const (
	stillRate   = 2
	hashRate    = 4
	previewRate = 8 // the stills of a preview are shown so fast: four times as fast as they were
	hashSide    = 32
)

// span is which frames, taken at rate, lie between the bumpers: first to last, counted from zero, last not included.
func (p plan) span(rate int) (first, last int) {
	begin := Bumper * time.Duration(rate)
	end := begin + p.clip*time.Duration(rate)
	return int((begin + time.Second - 1) / time.Second), int(end / time.Second)
}

// passArgs is the one ffmpeg run that makes the clip, the stills and the frames for the hash.
func passArgs(p plan) []string {
	args := []string{
		"-nostdin", "-hide_banner", "-v", "error", "-nostats", "-y", "-progress", "pipe:1", "-stats_period", "0.5",
		"-filter_complex_threads", "2", "-threads", "2", "-t", seconds(p.clip + p.late),
	}
	args = append(append(args, guards()...), "-codec_whitelist", decoderList, "-i", fromWork(inputName))
	for _, bumper := range []string{openingName, closingName} {
		args = append(args, "-threads", "1", "-protocol_whitelist", "file", "-f", "mov", "-i", fromWork(bumper))
	}
	args = append(args, "-protocol_whitelist", "file", "-f", "image2", "-pattern_type", "none", "-i", fromWork(watermarkName),
		"-filter_complex", graph(p))
	args = append(append(args, "-map", "[clip]"), bare...)
	args = append(args, "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-maxrate", "5M", "-bufsize", "10M", "-threads", "2",
		"-pix_fmt", "yuv420p", "-profile:v", "high", "-level:v", "4.0", "-force_key_frames", "expr:gte(t,n_forced*4)")
	args = append(append(args, colours...), "-movflags", "+faststart", "-f", "mp4", clipName)
	args = append(append(args, "-map", "[stills]"), bare...)
	args = append(args, "-c:v", "mjpeg", "-threads", "1", "-q:v", "3", "-f", "image2", stillPattern)
	return append(args, "-map", "[hash]", "-c:v", "rawvideo", "-f", "rawvideo", hashName)
}

// seconds is how ffmpeg is told a time.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// graph splits after the bumpers are on: before, the whole clip would wait in memory while the opening plays.
func graph(p plan) string {
	return strings.Join([]string{
		fmt.Sprintf("[0:%d]setpts=PTS-STARTPTS,fps=%d,trim=end_frame=%d,%s", p.stream, FrameRate, p.frames(), picture(p)),
		"[main][3:v]overlay=x=W-w-24:y=24:format=yuv420[marked]",
		fmt.Sprintf("[1:v]fps=%d,setsar=1,format=yuv420p[open]", FrameRate),
		fmt.Sprintf("[2:v]fps=%d,setsar=1,format=yuv420p[close]", FrameRate),
		"[open][marked][close]concat=n=3:v=1:a=0,split=3[clip][s][h]",
		fmt.Sprintf("[s]fps=%d,scale=%d:%d:flags=bilinear:out_range=pc,format=yuvj420p[stills]", stillRate, PosterWidth, PosterHeight),
		fmt.Sprintf("[h]fps=%d,scale=%d:%d:flags=area,format=gray[hash]", hashRate, hashSide, hashSide),
	}, ";")
}

// picture brings the video into the clip's size, shape and colours, and ends in [main].
func picture(p plan) string {
	scale := fmt.Sprintf("scale=%d:%d", p.width, p.height)
	switch {
	case p.hdr != "":
		scale += ":flags=bicubic,format=yuv420p10le," + toneMap(p.hdr)
	case p.convert:
		scale += ":out_color_matrix=bt709:out_range=tv"
	default: // both, since one alone converts a frame twice
		scale += ":in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv"
	}
	scale += ",setsar=1,format=yuv420p"
	switch {
	case p.width == Width && p.height == Height:
		return scale + "[main]"
	case p.width >= p.height:
		return fmt.Sprintf("%s,pad=%d:%d:-1:-1:color=black[main]", scale, Width, Height)
	}
	// Portrait: over a dark, blurred copy of itself, which is blurred where it is small.
	const small, low = 160, 90
	_, cover := fit(p.width, p.height, small, small*p.height)
	return fmt.Sprintf("%s,split[sharp][soft];[soft]scale=%d:%d:flags=fast_bilinear,crop=%d:%d,gblur=sigma=5,"+
		"lutyuv=y='16+(val-16)*0.6',scale=%d:%d,setsar=1[behind];[behind][sharp]overlay=x=(W-w)/2:y=(H-h)/2:format=yuv420[main]",
		scale, small, cover, small, low, Width, Height)
}

// toneMap brings HDR into what a phone shows. What the file says of its colours is said again, since it may say too little
// for zscale to find a way.
func toneMap(transfer string) string {
	return "setparams=color_trc=" + transfer + ":color_primaries=bt2020:colorspace=bt2020nc:range=tv,zscale=t=linear:npl=100," +
		"format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv"
}

// finishArgs is the small second run: the preview from the stills between the bumpers, and the poster as WebP.
func finishArgs(p plan) []string {
	first, last := p.span(stillRate)
	args := []string{
		"-nostdin", "-hide_banner", "-v", "error", "-nostats", "-y", "-threads", "1", "-protocol_whitelist", "file",
		"-f", "image2", "-framerate", strconv.Itoa(previewRate), "-start_number", strconv.Itoa(first + 1), "-i", stillPattern,
		"-threads", "1", "-protocol_whitelist", "file", "-f", "image2", "-pattern_type", "none", "-i", jpegName,
		"-map", "0:v", "-frames:v", strconv.Itoa(last - first),
		"-vf", fmt.Sprintf("scale=%d:%d:flags=bilinear:out_range=tv,setsar=1,format=yuv420p", PreviewWidth, PreviewHeight),
	}
	args = append(append(args, bare...), "-c:v", "libx264", "-preset", "veryfast", "-crf", "28", "-threads", "1")
	args = append(append(args, colours...), "-movflags", "+faststart", "-f", "mp4", previewName, "-map", "1:v")
	return append(append(args, bare...), "-c:v", "libwebp", "-quality", "80", "-frames:v", "1", "-f", "webp", webpName)
}

// bumperArgs renders one bumper in the clip's format: the logo lands on the background, or a file of the operator's is
// brought into shape.
func bumperArgs(opening, theirs bool) []string {
	args := []string{"-nostdin", "-hide_banner", "-v", "error", "-nostats", "-y", "-threads", "2", "-protocol_whitelist", "file"}
	out := closingName
	if opening {
		out = openingName
	}
	if theirs {
		args = append(args, "-max_pixels", "9437184", "-enable_drefs", "0", "-f", "mov", "-i", fromWork(out), "-vf", fmt.Sprintf(
			"fps=%d,scale=%d:%d:force_original_aspect_ratio=decrease:out_color_matrix=bt709:out_range=tv,pad=%d:%d:-1:-1:color=black,setsar=1,"+
				"format=yuv420p,tpad=stop=-1:stop_mode=clone", FrameRate, Width, Height, Width, Height))
	} else {
		for _, name := range []string{"background.png", "logo.png"} {
			args = append(args, "-protocol_whitelist", "file", "-f", "image2", "-pattern_type", "none", "-framerate", strconv.Itoa(FrameRate), "-i", fromWork(name))
		}
		args = append(args, "-filter_complex", landing(opening), "-map", "[v]")
	}
	args = append(append(args, "-frames:v", strconv.Itoa(bumperFrames)), bare...)
	args = append(args, "-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "30", "-threads", "2", "-pix_fmt", "yuv420p")
	return append(append(args, colours...), "-movflags", "+faststart", "-f", "mp4", out)
}

// landing is how the logo moves: it lands, and the opening ends in the dark; the closing comes out of the dark.
func landing(opening bool) string {
	size, fade := "(1+0.30*pow(max(0,1-t/0.9),3))", "fade=out:st=2.2:d=0.3"
	if !opening {
		size, fade = "(1-0.12*pow(max(0,1-t/1.2),3))", "fade=in:st=0:d=0.3"
	}
	still := fmt.Sprintf("loop=loop=-1:size=1,trim=end_frame=%d", bumperFrames)
	return strings.Join([]string{
		fmt.Sprintf("[0]scale=%d:%d,format=gbrp,%s[behind]", Width, Height, still),
		fmt.Sprintf("[1]format=rgba,%s,scale=eval=frame:flags=bicubic:w='iw*%s':h='ih*%s',format=gbrap[logo]", still, size, size),
		"[behind][logo]overlay=x='(W-w)/2':y='(H-h)/2-20':format=gbrp," + fade +
			",scale=out_color_matrix=bt709:out_range=tv,setsar=1,format=yuv420p[v]",
	}, ";")
}
