package blob

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

// stream is a body that cannot seek.
type stream struct{ io.Reader }

func noise(size int64) io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{1}), size) }

func digest(t *testing.T, r io.Reader) string {
	t.Helper()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func put(t *testing.T, s *Store, key string, body io.Reader, size int64) {
	t.Helper()
	if err := s.Put(t.Context(), key, body, size, "video/mp4"); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s *Store, key string) string {
	t.Helper()
	body, size, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	got, err := io.ReadAll(body)
	if err != nil || int64(len(got)) != size {
		t.Fatalf("%d bytes of %d, %v", len(got), size, err)
	}
	return string(got)
}

func TestPutAndGet(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, body := range map[string]io.Reader{
		"seeking":   strings.NewReader("a clip"),
		"streaming": stream{strings.NewReader("a clip")},
	} {
		key := "processed/" + name + "/clip.mp4"
		put(t, s, key, body, 6)
		if got := read(t, s, key); got != "a clip" {
			t.Errorf("%s: %q", name, got)
		}
		put(t, s, key, strings.NewReader("another"), 7)
		if got := read(t, s, key); got != "another" {
			t.Errorf("%s, second time: %q", name, got)
		}
		info, err := s.Head(t.Context(), key)
		if err != nil || info.Bytes != 7 || info.Age > time.Hour {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
}

//nolint:paralleltest // it counts what everything allocates
func TestLargeBodiesAreNotHeldInMemory(t *testing.T) {
	s := newStore(t)
	const size = 64 << 20
	file, err := os.CreateTemp(t.TempDir(), "original")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(file, noise(size)); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	want := digest(t, noise(size))
	for name, body := range map[string]io.Reader{"seeking": file, "streaming": stream{noise(size)}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		put(t, s, name, body, size)
		got, n, err := s.Get(t.Context(), name)
		if err != nil || n != size {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if sum := digest(t, got); sum != want {
			t.Errorf("%s: digest %s, want %s", name, sum, want)
		}
		got.Close()
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
			t.Errorf("%s: allocated %d bytes", name, grown)
		}
	}
}

func TestShortBodyStoresNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if err := s.Put(t.Context(), "short", stream{strings.NewReader("abc")}, 10, "video/mp4"); err == nil {
		t.Error("taken")
	}
	if _, err := s.Head(t.Context(), "short"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

func TestMissingObjects(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if _, _, err := s.Get(t.Context(), "nothing"); !errors.Is(err, ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if _, err := s.Head(t.Context(), "nothing"); !errors.Is(err, ErrNotFound) {
		t.Errorf("head: %v", err)
	}
	if err := s.Delete(t.Context(), "nothing"); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := s.Delete(t.Context()); err != nil {
		t.Errorf("delete none: %v", err)
	}
}

func TestListAndDelete(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var want []string
	for i := range 7 {
		key := fmt.Sprintf("originals/%d/a.mp4", i)
		want = append(want, key)
		put(t, s, key, bytes.NewReader([]byte(key)), int64(len(key)))
	}
	put(t, s, "processed/0/b.mp4", strings.NewReader("b"), 1)
	if diff := cmp.Diff(want, keys(t, s, "originals/", "")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[4:], keys(t, s, "originals/", want[3])); diff != "" {
		t.Error(diff)
	}
	if err := s.Delete(t.Context(), append(want[:5:5], "originals/nothing")...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[5:], keys(t, s, "originals/", "")); diff != "" {
		t.Error(diff)
	}
	if got := keys(t, s, "", want[6]); len(got) != 1 {
		t.Errorf("left %v", got)
	}
}

func keys(t *testing.T, s *Store, prefix, after string) []string {
	t.Helper()
	objects, err := s.List(t.Context(), prefix, after)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range objects {
		if o.Bytes == 0 || o.Age > time.Hour {
			t.Errorf("object %+v", o)
		}
		got = append(got, o.Key)
	}
	return got
}

// TestAgesAreTheStores asks a store whose clock is not this machine's.
func TestAgesAreTheStores(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"behind": -48 * time.Hour, "ahead": 48 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now().Add(ahead).UTC()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", now.Format(http.TimeFormat))
				w.Header().Set("Content-Type", "application/xml")
				fmt.Fprintf(w, `<ListBucketResult><Contents><Key>a</Key><Size>1</Size><LastModified>%s</LastModified></Contents></ListBucketResult>`,
					now.Add(-10*time.Minute).Format(time.RFC3339))
			}))
			t.Cleanup(server.Close)
			s := New(Config{
				AWS:      aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("k", "s", "")},
				Endpoint: server.URL, Bucket: "bucket",
			})
			t.Cleanup(s.Close)
			objects, err := s.List(t.Context(), "", "")
			if err != nil || len(objects) != 1 {
				t.Fatalf("List = %v, %v", objects, err)
			}
			if got := objects[0].Age; got < 9*time.Minute || got > 11*time.Minute {
				t.Errorf("Age = %v, want 10m", got)
			}
		})
	}
}

func TestPresignedURLIsTheOnlyWayIn(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	put(t, s, "originals/1/ñ a.mp4", strings.NewReader("abc"), 3)
	url, err := s.PresignGet(t.Context(), "originals/1/ñ a.mp4", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, url); status != http.StatusOK || body != "abc" {
		t.Errorf("signed: %d %q", status, body)
	}
	bare, _, _ := strings.Cut(url, "?")
	if status, body := get(t, bare); status == http.StatusOK || body == "abc" {
		t.Errorf("unsigned: %d %q", status, body)
	}
	if status, _ := get(t, strings.Replace(url, "originals/1", "originals/2", 1)); status == http.StatusOK {
		t.Errorf("signature for another key: %d", status)
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestProvisionAgainKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	put(t, s, "a", strings.NewReader("a"), 1)
	s.origins = []string{"https://example.org"}
	for range 2 {
		if err := s.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, s, "a"); got != "a" {
		t.Errorf("object %q", got)
	}
	cors, err := s.api.GetBucketCors(t.Context(), &s3.GetBucketCorsInput{Bucket: &s.bucket})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.origins, cors.CORSRules[0].AllowedOrigins); diff != "" {
		t.Error(diff)
	}
	s.origins = nil // the pages moved to the store's own origin
	if err := s.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.api.GetBucketCors(t.Context(), &s3.GetBucketCorsInput{Bucket: &s.bucket}); err == nil {
		t.Error("the old origins stay")
	}
}

func TestPresignedURLIsUnderThePublicOne(t *testing.T) {
	t.Parallel()
	c := configOf("media")
	c.PublicURL = "http://showcase.example:8080"
	s := New(c)
	defer s.Close()
	got, err := s.PresignGet(t.Context(), "processed/1/clip.mp4", 30*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, "http://showcase.example:8080/media/processed/1/clip.mp4?") || !strings.Contains(got, "X-Amz-Expires=604800&") {
		t.Errorf("url %s", got)
	}
}
