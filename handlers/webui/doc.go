// Package webui serves the web app: the built files of web/, which are committed under dist and embedded, so that
// `go build` needs no Node.
//
// It answers GET and HEAD. Files whose name carries a hash may be kept for a year; pages and config.json are asked for
// anew each time, by ETag. A directory is a page; what is not there is answered with the 404 page, and any other method
// with the 405 page, which needs no script. The policy that goes with a page allows this origin only, and no inline
// script or style.
//
// The page of a video says what the video is before any script runs, so that a link to it becomes a card with its poster
// where it is shared. What is said comes from a function that the owner of the handler gives; titles and names are
// strangers' text and leave here escaped. A video that nobody may see is answered with its page and 404.
//
// The package knows nothing of the API or of the contest, and needs nothing but the standard library.
package webui
