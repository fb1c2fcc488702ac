// Package sim plays the fleet through a day before AWS does: discrete events, one seed, the same result every time. What is
// decided in the templates (targets, bounds, warm-up, hook, visibility, credits) is read from them by way of package cfn;
// what AWS does not document, and what depends on the hardware, is an Assumption with a band, so that a claim can be looked
// at under the worst of it.
//
// Workers: jobs arrive, wait, are leased to an idle worker, take time by their size and by the worker's CPU credits, and are
// given back when the worker goes. Scaling sees a metric once a minute and late, acts on three points to grow and on fifteen
// to shrink, and new workers take a while to boot. Web: requests per second against what the hosts' processors can do.
//
// It is a model: it compares policies and finds which number matters. It proves nothing about AWS.
package sim
