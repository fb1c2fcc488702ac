package deploy_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/deploy/rules"
	"github.com/rising-stars/showcase/handlers/webui"
)

// The pages have the same Content-Security-Policy at both of their homes, the media's origin aside.
func TestBothHomesOfTheSiteHaveTheSamePolicy(t *testing.T) {
	t.Parallel()
	d, err := rules.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Render("small")
	if err != nil {
		t.Fatal(err)
	}
	edge := s.Child("Edge")
	there := cfn.Text(edge.Resources["SecurityHeaders"].Properties,
		"ResponseHeadersPolicyConfig", "SecurityHeadersConfig", "ContentSecurityPolicy", "ContentSecurityPolicy")
	w := httptest.NewRecorder()
	webui.Handler(webui.Config{Origins: []string{"https://" + cfn.Text(edge.Parameter, "MediaBucketDomain")}}).
		ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	here := w.Header().Get("Content-Security-Policy")
	if strings.Join(strings.Fields(there), " ") != strings.Join(strings.Fields(here), " ") {
		t.Errorf("CloudFront sends\n%s\nand the API\n%s", there, here)
	}
}
