package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// clips are made once in a test process.
var clips = struct {
	mu   sync.Mutex
	made map[int]string
}{made: map[int]string{}}

// Clip is the path of a 1080p video of so many seconds, with sound. Nothing moves in it, and a second is encoded and
// repeated, since making clips is what these tests cost most.
func Clip(t testing.TB, seconds int) string {
	t.Helper()
	clips.mu.Lock()
	defer clips.mu.Unlock()
	if path, ok := clips.made[seconds]; ok {
		return path
	}
	dir, err := sharedDir()
	if err != nil {
		t.Fatal(err)
	}
	once := filepath.Join(dir, fmt.Sprintf("once%d.mp4", seconds))
	path, length := filepath.Join(dir, fmt.Sprintf("clip%d.mp4", seconds)), strconv.Itoa(seconds)
	for _, args := range [][]string{
		{"-f", "lavfi", "-i", "color=c=teal:s=1920x1080:r=10:d=1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", once},
		{
			"-stream_loop", "-1", "-i", once, "-f", "lavfi", "-i", "sine=d=" + length, "-c:v", "copy", "-c:a", "aac", "-t", length,
			"-movflags", "+faststart", path,
		},
	} {
		Run(t, Command{Path: "ffmpeg", Args: append([]string{"-nostdin", "-v", "error", "-y"}, args...)})
	}
	clips.made[seconds] = path
	return path
}

// ClipBytes is the content of Clip.
func ClipBytes(t testing.TB, seconds int) []byte {
	t.Helper()
	b, err := os.ReadFile(Clip(t, seconds))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Field is a part of a form; one with a file name is a file.
type Field struct {
	Name, File string
	Content    io.Reader
	Length     int64
}

// TextField is a part with a text.
func TextField(name, text string) Field {
	return Field{Name: name, Content: bytes.NewReader([]byte(text)), Length: int64(len(text))}
}

// VideoField is a part with a video.
func VideoField(content []byte) Field {
	return Field{Name: "video_file", File: "clip.mp4", Content: bytes.NewReader(content), Length: int64(len(content))}
}

// Padded is a part with a video that is made longer by a box that players skip. Its bytes are made as they are read.
func Padded(content []byte, size int64) Field {
	pad := size - int64(len(content))
	header := []byte{byte(pad >> 24), byte(pad >> 16), byte(pad >> 8), byte(pad), 'f', 'r', 'e', 'e'}
	body := io.MultiReader(bytes.NewReader(content), bytes.NewReader(header), io.LimitReader(zeros{}, pad-int64(len(header))))
	return Field{Name: "video_file", File: "clip.mp4", Content: body, Length: size}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Form makes an upload of parts. Its length is told; its bytes are made as they are read.
func Form(fields ...Field) Request {
	const boundary = "a-boundary-that-is-in-no-video"
	var readers []io.Reader
	var length int64
	add := func(r io.Reader, n int64) { readers, length = append(readers, r), length+n }
	for _, f := range fields {
		head := fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=%q", boundary, f.Name)
		if f.File != "" {
			head += fmt.Sprintf("; filename=%q\r\nContent-Type: video/mp4", f.File)
		}
		head += "\r\n\r\n"
		add(bytes.NewReader([]byte(head)), int64(len(head)))
		add(f.Content, f.Length)
		add(bytes.NewReader([]byte("\r\n")), 2)
	}
	end := "--" + boundary + "--\r\n"
	add(bytes.NewReader([]byte(end)), int64(len(end)))
	return Request{
		Method: http.MethodPost, Path: "/videos/upload", Type: "multipart/form-data; boundary=" + boundary,
		Body: io.MultiReader(readers...), Length: length,
	}
}

// TryUpload sends a form.
func (a *API) TryUpload(ctx context.Context, token string, form Request) (Answer, error) {
	form.Token = token
	return a.Try(ctx, form)
}

// Upload sends a form; an answer must come.
func (a *API) Upload(token string, fields ...Field) Answer {
	a.t.Helper()
	answer, err := a.TryUpload(a.t.Context(), token, Form(fields...))
	if err != nil {
		a.t.Fatal(err)
	}
	return answer
}

// Video is what clients see of one, as far as tests look.
type Video struct {
	ID           string `json:"video_id"`
	Title        string `json:"title"`
	Status       string `json:"status"`
	Stage        string `json:"stage"`
	Progress     int    `json:"progress"`
	Votes        int    `json:"votes"`
	Public       bool   `json:"is_public"`
	OriginalURL  string `json:"original_url"`
	ProcessedURL string `json:"processed_url"`
	PreviewURL   string `json:"preview_url"`
}

// Video asks for one's own video.
func (a *API) Video(id, token string) Video {
	a.t.Helper()
	var v Video
	a.Get("/videos/"+id, token).Want(http.StatusOK).Into(&v)
	return v
}

// Videos asks for one's own videos.
func (a *API) Videos(token string) []Video {
	a.t.Helper()
	var list []Video
	a.Get("/videos?limit=100", token).Want(http.StatusOK).Into(&list)
	return list
}

// AwaitProcessed waits until a video is processed. One that is rejected or given up fails the test.
func (a *API) AwaitProcessed(id, token string) Video {
	a.t.Helper()
	var v Video
	Eventually(a.t, "video "+id+" is processed", func() bool {
		v = a.Video(id, token)
		if v.Stage == "rejected" || v.Stage == "failed" {
			a.t.Fatalf("video %s: %+v", id, v)
		}
		return v.Status == "processed"
	})
	return v
}
