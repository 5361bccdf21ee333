/*
 * why: why a cache that was found was not hit: compares what the registry says of the image that
 * was the cache with what the engine says of the image that was built; pure. It sees two images and
 * the Dockerfile, no build: it names the first difference that a step's cache depends on. The
 * questions are steps of plan_why.c.
 *
 * Nothing of an image's history is ever shown, since it holds the values of build arguments: what
 * is shown is the name of an argument, or an instruction as the Dockerfile has it.
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
#ifndef WHY_H
#define WHY_H

#include "dockerfile.h"
#include "engine.h"

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

enum why_reason {
	WHY_NONE,        /* nothing known */
	WHY_BUILDER,     /* one image is BuildKit's, the other is not: no cache for each other */
	WHY_BASE,        /* the image the Dockerfile starts from is another */
	WHY_ARGUMENT,    /* a build argument has another value: its name */
	WHY_INSTRUCTION, /* an instruction is new, or was another */
	WHY_BEFORE,      /* before the instruction others have gone */
	WHY_CONTENT,     /* other files were copied by the instruction, which is no news */
	WHY_NO_INLINE,   /* the cache's image has no inline cache */
	WHY_EMPTY_INLINE /* or one whose records have no layers: Docker 27.0 and 27.1, as
			    moby/buildkit issue 5242 has it; not measured */
};

struct why {
	enum why_reason reason;
	char *detail;  /* the argument's name, or the instruction; not to be shown raw; or NULL */
	unsigned line; /* of the instruction in the Dockerfile; 0: none */
	bool same;     /* of WHY_NONE: all that is seen is the same, and both are BuildKit's, so it
			  may be the inline cache: see why_follow */
};

/*
 * Compares them. df and stage are what was built; a stage of -1, or a file that does not fit the
 * image, leaves little to find. Takes time in the product of texts and arguments. Release it.
 */
void why_find(struct why *why, const struct why_image *cache, const struct why_image *built,
	const struct dockerfile *df, int stage);
void why_release(struct why *why);

/*
 * The digest to ask for next on the way to an image's config, of the answer to WHY_REGISTRY_FORMAT,
 * or a raw index or manifest: that of the manifest, then of the config. *config: it is the
 * config's. False: there is none.
 */
bool why_follow(const char *text, size_t len, char digest[DIGEST_MAX], bool *config);

/* What a raw config says of the inline cache: WHY_NO_INLINE, WHY_EMPTY_INLINE; or WHY_NONE, also
 * when it was cut short. */
enum why_reason why_inline(const char *text, size_t len);

/* Adds the reason in a few words, in one line that can be shown. */
void why_say(const struct why *why, struct strbuf *out);

#endif
