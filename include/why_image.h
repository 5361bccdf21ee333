/*
 * why_image: an image as the registry or the engine describes it: what made each of its layers;
 * pure. The questions are steps of plan_why.c. Nothing of a history is ever shown, since it holds
 * the values of build arguments.
 *
 * What is known of whom, measured with each of them:
 *
 * The registry, by buildx 0.13 and 0.29: history with empty_layer, and diff IDs; of an index with
 * provenance those of its one image. Not moby.buildkit.cache.v0, which their struct of a config
 * does not have; but imagetools inspect --raw gives the manifest, and of NAME@ the config's digest
 * the config as it is (why_follow).
 *
 * The registry, without buildx (20.10): manifest inspect -v has the digests of compressed layers
 * and of the config, and no history. There is nothing to compare.
 *
 * The engine, 20.10 to 28, both stores: docker history, newest first, without empty_layer (a size
 * of "0B" is an empty layer as well); docker image inspect has the diff IDs.
 *
 * BuildKit: the comment "buildkit.dockerfile.v0"; "RUN |2 B=1 A=2 /bin/sh -c make # buildkit", with
 * the arguments in the order of their ARG and values without quotes; "COPY deps . # buildkit" with
 * no hash of what was copied; "ARG A=1" with the default up to 26, with the value in 28; ENV with
 * variables expanded. A WORKDIR has a layer, and a RUN that changes nothing.
 *
 * The legacy builder: no comment; "|2 A=2 B=1 /bin/sh -c make", with the arguments sorted; all but
 * RUN as "/bin/sh -c #(nop) COPY file:HASH in . ". What changes nothing has no layer.
 *
 * Not seen, and so perhaps blamed on nothing: flags of RUN (--mount, --network), which no history
 * has; what a COPY --from or a mount takes from another stage; on the legacy builder a base that
 * was built again with the same layers. Taken for a base that moved: what its ONBUILD copies.
 */
#ifndef WHY_IMAGE_H
#define WHY_IMAGE_H

#include "json.h"
#include "strvec.h"

/* The Go template for `docker buildx imagetools inspect --format`: one JSON value. */
#define WHY_REGISTRY_FORMAT                                                                        \
	"{\"manifest\":{{json .Manifest}},\"history\":[{{range $i, $h := .Image.History}}"         \
	"{{if $i}},{{end}}[{{json $h.CreatedBy}},{{json $h.Comment}},{{json $h.EmptyLayer}}]"      \
	"{{end}}],\"layers\":{{json .Image.RootFS.DiffIDs}}}"

/* Those for `docker history --no-trunc` and, behind its lines, `docker image inspect`: the layers
 * come last, so that what was cut short lacks them. */
#define WHY_HISTORY_FORMAT "[{{json .CreatedBy}},{{json .Comment}},{{json .Size}}]"
#define WHY_LAYERS_FORMAT  "{\"layers\":{{json .RootFS.Layers}}}"

struct why_entry {
	char *text;    /* what made it, as the builder writes that */
	bool buildkit; /* which builder it was */
	bool empty;    /* it has no layer; in what an engine says: it has none, or an empty one */
};

/* What is known of an image. */
struct why_image {
	struct why_entry *history; /* the base's first */
	size_t nr;                 /* 0: nothing is known */
	struct strvec layers;      /* diff IDs */
	bool exact;                /* each entry that is not empty has one of layers */
};

void why_image_init(struct why_image *image);
void why_image_release(struct why_image *image);

/*
 * Read the output of the commands above; text around it does not count. False, with nothing known,
 * when it is not all there.
 */
bool why_read_registry(struct why_image *image, const char *text, size_t len);
bool why_read_engine(struct why_image *image, const char *text, size_t len);

/* The first JSON object in a text; of no length: there is none. */
struct json why_object(const char *text, size_t len);

#endif
