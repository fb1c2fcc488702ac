package deploy_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/handlers/webui"
)

// The pages have the same Content-Security-Policy at both of their homes, the media's origin aside.
func TestBothHomesOfTheSiteHaveTheSamePolicy(t *testing.T) {
	t.Parallel()
	s := small(t)
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

// Links to a video tell of it wherever the site is at home: CloudFront asks the application for that page, with the query
// that names the video, each time.
func TestSharedLinksAreAnsweredByTheApplication(t *testing.T) {
	t.Parallel()
	s := small(t)
	const (
		notCached = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" // AWS's CachingDisabled
		allSent   = "b689b0a8-53d0-40ab-baf2-68738e2966ac" // AWS's AllViewerExceptHostHeader
	)
	edge := s.Child("Edge")
	list := cfn.List(edge.Resources["Distribution"].Properties, "DistributionConfig", "CacheBehaviors")
	for _, one := range list {
		if cfn.Text(one, "PathPattern") != "/video/*" {
			continue
		}
		for key, want := range map[string]string{"TargetOriginId": "application", "CachePolicyId": notCached, "OriginRequestPolicyId": allSent} {
			if got := cfn.Text(one, key); got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
		return
	}
	t.Error("the bucket's page, which knows no video, answers /video/")
}
