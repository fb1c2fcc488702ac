package webui

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func builtSite(t *testing.T, video func(context.Context, string) (Video, bool, error)) http.Handler {
	t.Helper()
	return Handler(Config{PublicURL: "https://showcase.example", Video: video})
}

func TestALinkToAVideoTellsOfIt(t *testing.T) {
	t.Parallel()
	var asked string
	s := builtSite(t, func(_ context.Context, id string) (Video, bool, error) {
		asked = id
		return Video{
			Title: "Triple sobre la bocina", Player: "Samuel Córdoba", City: "Medellín",
			Poster: "https://showcase.example/media/p.jpg", Width: 640, Height: 360, Clip: "https://showcase.example/media/c.mp4",
		}, true, nil
	})
	res := get(t, s, "/video/?id=0197", "Accept-Encoding", "gzip")
	page := body(t, res)
	if asked != "0197" || res.StatusCode != http.StatusOK || res.Header.Get("Content-Encoding") != "" {
		t.Fatalf("asked for %q, got %d %q", asked, res.StatusCode, res.Header.Get("Content-Encoding"))
	}
	for _, want := range []string{
		"<title>Triple sobre la bocina · Samuel Córdoba · ANB Rising Stars Showcase</title>",
		`<meta property="og:title" content="Triple sobre la bocina · Samuel Córdoba">`,
		`<meta property="og:url" content="https://showcase.example/video/?id=0197">`,
		`<meta property="og:image" content="https://showcase.example/media/p.jpg">`,
		`<meta property="og:image:width" content="640">`,
		`<meta property="og:video" content="https://showcase.example/media/c.mp4">`,
		`<meta property="og:locale" content="es_CO">`,
	} {
		if strings.Count(page, want) != 1 {
			t.Errorf("the page has %d of %s", strings.Count(page, want), want)
		}
	}
	for _, once := range []string{"<title>", "og:title", `property="og:image"`, `name="description"`, "</head>", `type="module"`} {
		if strings.Count(page, once) != 1 {
			t.Errorf("the page has %d of %s", strings.Count(page, once), once)
		}
	}
	if res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("Cache-Control") != askAnew {
		t.Error("the page goes out without protection, or to be kept")
	}
	if again := get(t, s, "/video/?id=0197", "If-None-Match", res.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same page again: %d", again.StatusCode)
	}
	if bare := get(t, s, "/video/").Header.Get("ETag"); bare == res.Header.Get("ETag") {
		t.Error("two pages share an ETag")
	}
}

func TestAHostileTitleIsText(t *testing.T) {
	t.Parallel()
	hostile := `"><script>alert('x')</script><!--/card--></title> & $1${2}`
	s := builtSite(t, func(context.Context, string) (Video, bool, error) {
		return Video{Title: hostile, Player: hostile, City: hostile, Poster: hostile, Clip: hostile}, true, nil
	})
	page := body(t, get(t, s, "/video/?id=%22%3E%3Cscript%3E"))
	if strings.Contains(page, "<script>") || strings.Contains(page, "alert('") || strings.Count(page, "<title>") != 1 {
		t.Error("markup of a stranger is in the page:\n" + page)
	}
	if !strings.Contains(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") || !strings.Contains(page, "$1${2}") {
		t.Error("the title was changed:\n" + page)
	}
	if found := inline.FindString(page); found != "" {
		t.Errorf("%q would run", found)
	}
}

func TestAVideoThatNobodyMaySee(t *testing.T) {
	t.Parallel()
	for name, tell := range map[string]struct {
		ok     bool
		err    error
		status int
	}{
		"gone":         {ok: false, status: http.StatusNotFound},
		"cannot know":  {err: errors.New("the database rests"), status: http.StatusOK},
		"gone and err": {ok: true, err: errors.New("the database rests"), status: http.StatusOK},
	} {
		s := builtSite(t, func(context.Context, string) (Video, bool, error) { return Video{Title: "secret"}, tell.ok, tell.err })
		res := get(t, s, "/video/?id=0197")
		if page := body(t, res); res.StatusCode != tell.status || strings.Contains(page, "secret") || !strings.Contains(page, "og:title") {
			t.Errorf("%s: %d, the page\n%s", name, res.StatusCode, page)
		}
	}
}

func TestOnlyTheVideosPageAsks(t *testing.T) {
	t.Parallel()
	s := builtSite(t, func(context.Context, string) (Video, bool, error) {
		t.Error("asked")
		return Video{}, false, nil
	})
	for _, target := range []string{"/", "/video/", "/video/?id=", "/ranking/?id=1", "/nowhere?id=1", "/video?id=1"} {
		if res := get(t, s, target); res.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s: %d", target, res.StatusCode)
		}
	}
}

func TestEveryPageNamesItsPictureInFull(t *testing.T) {
	t.Parallel()
	s := builtSite(t, nil)
	for _, target := range []string{"/", "/ranking/", "/video/", "/nowhere"} {
		if page := body(t, get(t, s, target)); !strings.Contains(page, `property="og:image" content="https://showcase.example/card.png"`) {
			t.Errorf("%s names it otherwise:\n%s", target, page)
		}
	}
}
