#include "plan_build.h"

#include "rows.h"
#include "scene.h"

#define TWO                                                                                        \
	"FROM a AS builder\n"                                                                      \
	"FROM b\n"                                                                                 \
	"COPY --from=builder /x /x\n"
#define CHAIN                                                                                      \
	"FROM a AS one\n"                                                                          \
	"FROM one AS two\n"                                                                        \
	"FROM two AS three\n"                                                                      \
	"FROM three\n"
#define APART                                                                                      \
	"FROM a AS one\n"                                                                          \
	"FROM a AS two\n"                                                                          \
	"FROM a\n"                                                                                 \
	"COPY --from=one /x /x\n"                                                                  \
	"COPY --from=two /x /x\n"
#define MOUNTS(mount)                                                                              \
	"FROM a AS builder\n"                                                                      \
	"RUN --mount=" mount " make\n"                                                             \
	"FROM b\n"                                                                                 \
	"COPY --from=builder /x /x\n"
#define EXPORT " --cache-to type=registry,ref="
#define MAX    ",mode=max,ignore-error=true,image-manifest=true,oci-mediatypes=true"
#define IMAGE  " --provenance=false --output type=image,name="
#define PUSHED ",push=true,store=false"
#define INLINE " --build-arg BUILDKIT_INLINE_CACHE=1"
/* A read-only run with all found, without an attempt and with one. */
#define STAGES_FIRST                                                                               \
	"# Building builder image\n"                                                               \
	"0 build-stage live: docker build" INLINE " --target builder -t "                          \
	"reg/app:topic-builder --cache-from reg/app:topic-builder .\n"                             \
	"# Building image\n"                                                                       \
	"1 build-stage live stdout needs 0: docker build" INLINE " -t "                            \
	"reg/app:v1 --cache-from reg/app:topic .\n"
#define ATTEMPT_FIRST                                                                              \
	"# Building image\n"                                                                       \
	"0 build-stage attempt whole: docker build" INLINE " --progress=plain "                    \
	"-t reg/app:v1 --cache-from reg/app:topic .\n"                                             \
	"# Building builder image\n"                                                               \
	"1 build-stage live else 0: docker build" INLINE " --target builder -t "                   \
	"reg/app:topic-builder --cache-from reg/app:topic-builder .\n"                             \
	"# Building image\n"                                                                       \
	"2 build-stage live stdout needs 1 else 0: docker build" INLINE " -t "                     \
	"reg/app:v1 --cache-from reg/app:topic .\n"

/*
 * What was found of each entry, a letter each: y its first reference, D that one's digest too, l
 * its last reference, u its first and last, both unsure; e and x its first and last exported cache;
 * R what was rescued beside its first reference, E beside its first exported cache; - nothing. The
 * engine: NULL: buildx 0.29.1 with the engine's own builder; else the builder's driver, "none": no
 * buildx, "old": buildx 0.14.
 */
static const struct row {
	const char *name;
	struct setting setting;
	enum cache_mode mode;
	const char *found;
	const char *want;
	const char *engine;
	bool one_build;
	bool reads; /* what the build of the image prints */
} rows[] = {
	{"attempt: a branch, all found",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_INLINE, "DD",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain -t reg/app:v1 -t reg/app:topic --cache-from "
		"reg/app@sha256:1 .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app@sha256:0 .\n"
		"2 build-stage optional cleanup needs 1 else 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:topic-builder .\n"
		"# Pushing cached images for topic\n"
		"3 tag-push optional cleanup needs 2 else 0: docker push "
		"reg/app:topic-builder\n"
		"# Building image\n"
		"4 build-stage live stdout needs 1 after 2 else 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app@sha256:1 .\n"
		"# Building cached image\n"
		"5 build-stage optional cleanup needs 4 else 0: docker build" INLINE
		" --progress=plain -t reg/app:topic .\n"
		"# Pushing final image\n"
		"6 tag-push live needs 4: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"7 tag-push optional cleanup needs 5 after 6: docker push "
		"reg/app:topic\n"},
	{"inline: what was rescued of a stage is taken up before it is built",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic"}, MODE_INLINE,
		"Ry",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain -t reg/app:v1 --cache-from reg/app:topic .\n"
		"1 build-stage attempt takes else 0: docker build" INLINE
		" --target builder --progress=plain --output type=cacheonly --cache-from "
		"reg/app:topic-builder.rescued .\n"
		"# Building builder image\n"
		"2 build-stage live after 1 else 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from reg/app:topic-builder .\n"
		"# Building image\n"
		"3 build-stage live stdout needs 2 else 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic .\n"},
	{"inline: and of the image, once the stages are built that it is made of",
		{"reg/app:v1 --cache-read-only --push=false -q", TWO, .branch = "topic"},
		MODE_INLINE, "yR",
		"# Building builder image\n"
		"0 build-stage live: docker build -q" INLINE
		" --target builder -t reg/app:topic-builder --cache-from reg/app:topic-builder .\n"
		"1 build-stage attempt takes needs 0: docker build" INLINE
		" --progress=plain --output type=cacheonly --cache-from reg/app:topic.rescued .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 0 after 1: docker build -q" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic .\n"},
	{"inline: a RUN that mounts a cache may be begun and stopped for that",
		{"reg/app:v1 --cache-read-only --push=false", MOUNTS("type=cache,target=/c"),
			.branch = "topic"},
		MODE_INLINE, "R-",
		"0 build-stage attempt takes: docker build" INLINE
		" --target builder --progress=plain --output type=cacheonly --cache-from "
		"reg/app:topic-builder.rescued .\n"
		"# Building builder image\n"
		"1 build-stage live after 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from reg/app:topic-builder .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 1: docker build" INLINE " -t reg/app:v1 .\n"},
	{"inline: one that mounts a secret may not",
		{"reg/app:v1 --cache-read-only --push=false", MOUNTS("type=secret,id=s"),
			.branch = "topic"},
		MODE_INLINE, "R-",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build" INLINE " -t reg/app:v1 .\n"},
	{"pull: the legacy builder is given the better one of the two",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic"}, MODE_PULL,
		"Ry",
		"0 build-stage attempt takes: docker build --target builder --cache-from "
		"reg/app:topic-builder.rescued .\n"
		"1 probe optional else 0: docker tag reg/app:topic-builder "
		"reg/app:topic-builder.rescued\n"
		"# Building builder image\n"
		"2 build-stage live after 1: docker build --target builder -t "
		"reg/app:topic-builder --cache-from reg/app:topic-builder.rescued .\n"
		"# Building image\n"
		"3 build-stage live stdout needs 2: docker build -t reg/app:v1 --cache-from "
		"reg/app:topic-builder --cache-from reg/app:topic .\n"},
	{"registry: exported caches are given side by side, once what was rescued is taken up",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic"},
		MODE_REGISTRY, "EE",
		"0 build-stage attempt takes: docker build" INLINE
		" --target builder --progress=plain --output type=cacheonly --cache-from "
		"type=registry,ref=reg/app:topic-builder.cache .\n"
		"1 build-stage attempt takes after 0: docker build" INLINE
		" --target builder --progress=plain --output type=cacheonly --cache-from "
		"type=registry,ref=reg/app:topic-builder.rescued.cache .\n"
		"2 build-stage attempt takes after 1: docker build" INLINE
		" --progress=plain --output type=cacheonly --cache-from "
		"type=registry,ref=reg/app:topic.rescued.cache .\n"
		"# Building image\n"
		"3 build-stage live whole stdout after 2: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache --cache-from "
		"type=registry,ref=reg/app:topic.rescued.cache --cache-from "
		"type=registry,ref=reg/app:topic-builder.cache --cache-from "
		"type=registry,ref=reg/app:topic-builder.rescued.cache .\n"},
	{"inline: the default branch, a fallback found for one, nothing for the other",
		{"reg/app:v1", TWO, .branch = "main"}, MODE_INLINE, "l-",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE
		" --target builder -t reg/app:main-builder --cache-from "
		"reg/app:builder .\n"
		"1 build-stage optional cleanup needs 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:main-builder .\n"
		"# Pushing cached images for main\n"
		"2 tag-push optional cleanup needs 1: docker push "
		"reg/app:main-builder\n"
		"# Pushing unprefixed cached images\n"
		"3 tag-push optional cleanup needs 1 after 2: docker tag "
		"reg/app:main-builder reg/app:builder && docker push "
		"reg/app:builder\n"
		"# Building image\n"
		"4 build-stage live stdout needs 0 after 1: docker build" INLINE
		" -t reg/app:v1 .\n"
		"# Pushing final image\n"
		"5 tag-push live needs 4: docker push reg/app:v1\n"
		"# Pushing cached images for main\n"
		"6 tag-push optional cleanup needs 4 after 5: docker tag reg/app:v1 "
		"reg/app:main && docker push reg/app:main\n"
		"# Pushing unprefixed cached images\n"
		"7 tag-push optional cleanup needs 4 after 6: docker tag reg/app:v1 "
		"reg/app:latest && docker push reg/app:latest\n"},
	{"inline: stages in a chain, each needs the one it is made of",
		{"reg/app:v1 --cache-read-only --push=false", CHAIN}, MODE_INLINE, "y---",
		"# Building one image\n"
		"0 build-stage live: docker build" INLINE " --target one -t reg/app:one "
		"--cache-from reg/app:one .\n"
		"# Building two image\n"
		"1 build-stage live needs 0: docker build" INLINE " --target two -t "
		"reg/app:two .\n"
		"# Building three image\n"
		"2 build-stage live needs 1 after 0: docker build" INLINE " --target three -t "
		"reg/app:three .\n"
		"# Building image\n"
		"3 build-stage live stdout needs 2: docker build" INLINE " -t "
		"reg/app:v1 .\n"},
	{"attempt: independent stages do not wait for each other",
		{"reg/app:v1 --cache-read-only --push=false", APART}, MODE_INLINE, "yyy",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE " --progress=plain "
		"-t reg/app:v1 --cache-from reg/app:latest .\n"
		"# Building one image\n"
		"1 build-stage live else 0: docker build" INLINE " --target one -t "
		"reg/app:one --cache-from reg/app:one .\n"
		"# Building two image\n"
		"2 build-stage live else 0: docker build" INLINE " --target two -t "
		"reg/app:two --cache-from reg/app:two .\n"
		"# Building image\n"
		"3 build-stage live stdout needs 1,2 else 0: docker build" INLINE " -t "
		"reg/app:v1 --cache-from reg/app:latest .\n"},
	{"inline: only the stages asked for",
		{"reg/app:v1 --cache-read-only --push=false --cache-stage two", CHAIN}, MODE_INLINE,
		"y-",
		"# Building two image\n"
		"0 build-stage live: docker build" INLINE " --target two -t reg/app:two "
		"--cache-from reg/app:two .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build" INLINE " -t "
		"reg/app:v1 .\n"},
	{"inline: no Dockerfile known",
		{"reg/app:v1 https://example/x.git", NULL, .branch = "topic"}, MODE_INLINE, "y",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic https://example/x.git\n"
		"# Building cached image\n"
		"1 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain -t reg/app:topic https://example/x.git\n"
		"# Pushing final image\n"
		"2 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"3 tag-push optional cleanup needs 1 after 2: docker push "
		"reg/app:topic\n"},
	{"inline: what is read once: nothing is built once more",
		{"reg/app:v1", NULL, .branch = "topic"}, MODE_INLINE, "y",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic .\n"
		"# Pushing final image\n"
		"1 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"2 tag-push optional cleanup needs 0 after 1: docker tag reg/app:v1 reg/app:topic "
		"&& docker push reg/app:topic\n",
		.one_build = true},
	{"inline: --no-cache: everything anew once, the stages out of that",
		{"reg/app:v1 --no-cache", CHAIN, .branch = "topic", .default_branch = "main"},
		MODE_INLINE, "----",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " --no-cache -t "
		"reg/app:v1 .\n"
		"# Building one image\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target one --progress=plain -t reg/app:topic-one .\n"
		"# Pushing cached images for topic\n"
		"2 tag-push optional cleanup needs 1: docker push reg/app:topic-one\n"
		"# Building two image\n"
		"3 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target two --progress=plain -t reg/app:topic-two .\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 3: docker push reg/app:topic-two\n"
		"# Building three image\n"
		"5 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target three --progress=plain -t reg/app:topic-three .\n"
		"# Pushing cached images for topic\n"
		"6 tag-push optional cleanup needs 5: docker push reg/app:topic-three\n"
		"# Pushing final image\n"
		"7 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"8 tag-push optional cleanup needs 0 after 7: docker tag reg/app:v1 "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"inline: --no-cache without stages", {"-t reg/app:v1 --no-cache .", NULL}, MODE_INLINE,
		"-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " --no-cache -t "
		"reg/app:v1 .\n"
		"# Pushing unprefixed cached images\n"
		"1 tag-push optional cleanup needs 0: docker tag reg/app:v1 "
		"reg/app:latest && docker push reg/app:latest\n"},

	{"inline: nothing found: one build of all, the stages out of it",
		{"reg/app:v1", APART, .branch = "topic", .default_branch = "main"}, MODE_INLINE,
		"---",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 "
		".\n"
		"# Building one image\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target one --progress=plain -t reg/app:topic-one .\n"
		"# Pushing cached images for topic\n"
		"2 tag-push optional cleanup needs 1: docker push reg/app:topic-one\n"
		"# Building two image\n"
		"3 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target two --progress=plain -t reg/app:topic-two .\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 3: docker push reg/app:topic-two\n"
		"# Pushing final image\n"
		"5 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"6 tag-push optional cleanup needs 0 after 5: docker tag reg/app:v1 "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"inline: nothing found on the default branch: each stage under both names",
		{"reg/app:v1", TWO, .branch = "main"}, MODE_INLINE, "--",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 "
		".\n"
		"# Building builder image\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:main-builder .\n"
		"# Pushing cached images for main\n"
		"2 tag-push optional cleanup needs 1: docker push reg/app:main-builder\n"
		"# Pushing unprefixed cached images\n"
		"3 tag-push optional cleanup needs 1 after 2: docker tag "
		"reg/app:main-builder reg/app:builder && docker push reg/app:builder\n"
		"# Pushing final image\n"
		"4 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for main\n"
		"5 tag-push optional cleanup needs 0 after 4: docker tag reg/app:v1 "
		"reg/app:main && docker push reg/app:main\n"
		"# Pushing unprefixed cached images\n"
		"6 tag-push optional cleanup needs 0 after 5: docker tag reg/app:v1 "
		"reg/app:latest && docker push reg/app:latest\n"},
	{"inline: nothing found, --cache-stage",
		{"reg/app:v1 --cache-stage two", CHAIN, .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "--",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 "
		".\n"
		"# Building two image\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target two --progress=plain -t reg/app:topic-two .\n"
		"# Pushing cached images for topic\n"
		"2 tag-push optional cleanup needs 1: docker push reg/app:topic-two\n"
		"# Pushing final image\n"
		"3 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 0 after 3: docker tag reg/app:v1 "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"inline: nothing found, what a RUN mounts outlives it",
		{"reg/app:v1", MOUNTS("type=cache,target=/c"), .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "--",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 "
		".\n"
		"# Building builder image\n"
		"1 build-stage optional cleanup attempt careful gate 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:topic-builder .\n"
		"# Pushing cached images for topic\n"
		"2 tag-push optional cleanup needs 1: docker push reg/app:topic-builder\n"
		"# Pushing final image\n"
		"3 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 0 after 3: docker tag reg/app:v1 "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"inline: only the stages found",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "y-",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE " --target builder -t "
		"reg/app:topic-builder --cache-from reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build" INLINE " -t "
		"reg/app:v1 .\n"},
	{"attempt: a new branch has copies of what was found for stages",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_INLINE, "ll",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain -t reg/app:v1 -t reg/app:topic --cache-from "
		"reg/app:latest .\n"
		"# Copying cached images for topic\n"
		"1 tag-push optional cleanup needs 0: docker buildx imagetools "
		"create --prefer-index=false -t reg/app:topic-builder "
		"reg/app:builder\n"
		"# Building builder image\n"
		"2 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:builder .\n"
		"3 build-stage optional cleanup needs 2 else 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:topic-builder .\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 3 else 0: docker push "
		"reg/app:topic-builder\n"
		"# Building image\n"
		"5 build-stage live stdout needs 2 after 3 else 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest .\n"
		"# Building cached image\n"
		"6 build-stage optional cleanup needs 5 else 0: docker build" INLINE
		" --progress=plain -t reg/app:topic .\n"
		"# Pushing final image\n"
		"7 tag-push live needs 5: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"8 tag-push optional cleanup needs 6 after 7: docker push "
		"reg/app:topic\n"},
	{"attempt: copies under both names", {"reg/app:v1", TWO, .branch = "main"}, MODE_INLINE,
		"ly",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain -t reg/app:v1 -t reg/app:main --cache-from "
		"reg/app:main .\n"
		"# Copying cached images for main\n"
		"1 tag-push optional cleanup needs 0: docker buildx imagetools "
		"create --prefer-index=false -t reg/app:main-builder "
		"reg/app:builder\n"
		"# Building builder image\n"
		"2 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:main-builder --cache-from "
		"reg/app:builder .\n"
		"3 build-stage optional cleanup needs 2 else 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:main-builder .\n"
		"# Pushing cached images for main\n"
		"4 tag-push optional cleanup needs 3 else 0: docker push "
		"reg/app:main-builder\n"
		"# Pushing unprefixed cached images\n"
		"5 tag-push optional cleanup needs 3 after 4 else 0: docker tag "
		"reg/app:main-builder reg/app:builder && docker push "
		"reg/app:builder\n"
		"# Building image\n"
		"6 build-stage live stdout needs 2 after 3 else 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:main .\n"
		"# Building cached image\n"
		"7 build-stage optional cleanup needs 6 else 0: docker build" INLINE
		" --progress=plain -t reg/app:main .\n"
		"# Pushing final image\n"
		"8 tag-push live needs 6: docker push reg/app:v1\n"
		"# Pushing cached images for main\n"
		"9 tag-push optional cleanup needs 7 after 8: docker push "
		"reg/app:main\n"
		"# Pushing unprefixed cached images\n"
		"10 tag-push optional cleanup needs 7 after 9: docker tag "
		"reg/app:main reg/app:latest && docker push reg/app:latest\n"},
	{"attempt: copies by digest, and of the first that may be there",
		{"reg/app:v1", APART, .branch = "topic", .default_branch = "main"}, MODE_INLINE,
		"DuD",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain -t reg/app:v1 -t reg/app:topic --cache-from "
		"reg/app@sha256:2 .\n"
		"# Building one image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target one -t reg/app:topic-one --cache-from reg/app@sha256:0 .\n"
		"2 build-stage optional cleanup needs 1 else 0: docker build" INLINE
		" --target one --progress=plain -t reg/app:topic-one .\n"
		"# Pushing cached images for topic\n"
		"3 tag-push optional cleanup needs 2 else 0: docker push "
		"reg/app:topic-one\n"
		"# Building two image\n"
		"4 build-stage live else 0: docker build" INLINE
		" --target two -t reg/app:topic-two --cache-from reg/app:topic-two "
		"--cache-from reg/app:two .\n"
		"5 build-stage optional cleanup needs 4 else 0: docker build" INLINE
		" --target two --progress=plain -t reg/app:topic-two .\n"
		"# Pushing cached images for topic\n"
		"6 tag-push optional cleanup needs 5 else 0: docker push "
		"reg/app:topic-two\n"
		"# Building image\n"
		"7 build-stage live stdout needs 1,4 after 2,5 else 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app@sha256:2 .\n"
		"# Building cached image\n"
		"8 build-stage optional cleanup needs 7 else 0: docker build" INLINE
		" --progress=plain -t reg/app:topic .\n"
		"# Pushing final image\n"
		"9 tag-push live needs 7: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"10 tag-push optional cleanup needs 8 after 9: docker push "
		"reg/app:topic\n"},
	{"attempt: copies by a buildx that makes no index unless asked",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_INLINE, "ll",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain -t reg/app:v1 -t reg/app:topic --cache-from "
		"reg/app:latest .\n"
		"# Copying cached images for topic\n"
		"1 tag-push optional cleanup needs 0: docker buildx imagetools "
		"create -t reg/app:topic-builder reg/app:builder\n"
		"# Building builder image\n"
		"2 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:builder .\n"
		"3 build-stage optional cleanup needs 2 else 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:topic-builder .\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 3 else 0: docker push "
		"reg/app:topic-builder\n"
		"# Building image\n"
		"5 build-stage live stdout needs 2 after 3 else 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest .\n"
		"# Building cached image\n"
		"6 build-stage optional cleanup needs 5 else 0: docker build" INLINE
		" --progress=plain -t reg/app:topic .\n"
		"# Pushing final image\n"
		"7 tag-push live needs 5: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"8 tag-push optional cleanup needs 6 after 7: docker push "
		"reg/app:topic\n",
		.engine = "old"},
	{"attempt: not for a new branch without buildx",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_INLINE, "ll",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:builder .\n"
		"1 build-stage optional cleanup needs 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:topic-builder .\n"
		"# Pushing cached images for topic\n"
		"2 tag-push optional cleanup needs 1: docker push "
		"reg/app:topic-builder\n"
		"# Building image\n"
		"3 build-stage live stdout needs 0 after 1: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest .\n"
		"# Building cached image\n"
		"4 build-stage optional cleanup needs 3: docker build" INLINE
		" --progress=plain -t reg/app:topic .\n"
		"# Pushing final image\n"
		"5 tag-push live needs 3: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"6 tag-push optional cleanup needs 4 after 5: docker push "
		"reg/app:topic\n",
		.engine = "none"},
	{"attempt: without buildx where nothing is to be copied",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_INLINE, "yl",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain -t reg/app:v1 -t reg/app:topic --cache-from "
		"reg/app:latest .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:topic-builder .\n"
		"2 build-stage optional cleanup needs 1 else 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:topic-builder .\n"
		"# Pushing cached images for topic\n"
		"3 tag-push optional cleanup needs 2 else 0: docker push "
		"reg/app:topic-builder\n"
		"# Building image\n"
		"4 build-stage live stdout needs 1 after 2 else 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest .\n"
		"# Building cached image\n"
		"5 build-stage optional cleanup needs 4 else 0: docker build" INLINE
		" --progress=plain -t reg/app:topic .\n"
		"# Pushing final image\n"
		"6 tag-push live needs 4: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"7 tag-push optional cleanup needs 5 after 6: docker push "
		"reg/app:topic\n",
		.engine = "none"},
	{"attempt: without buildx where no branch is known, and the unprefixed tags were found",
		{"reg/app:v1", TWO}, MODE_INLINE, "yy",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain -t reg/app:v1 -t reg/app:latest --cache-from "
		"reg/app:latest .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:builder --cache-from reg/app:builder .\n"
		"2 build-stage optional cleanup needs 1 else 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:builder .\n"
		"# Pushing unprefixed cached images\n"
		"3 tag-push optional cleanup needs 2 else 0: docker push "
		"reg/app:builder\n"
		"# Building image\n"
		"4 build-stage live stdout needs 1 after 2 else 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest .\n"
		"# Building cached image\n"
		"5 build-stage optional cleanup needs 4 else 0: docker build" INLINE
		" --progress=plain -t reg/app:latest .\n"
		"# Pushing final image\n"
		"6 tag-push live needs 4: docker push reg/app:v1\n"
		"# Pushing unprefixed cached images\n"
		"7 tag-push optional cleanup needs 5 after 6: docker push "
		"reg/app:latest\n",
		.engine = "none"},
	{"attempt: the same behind a fallback", {"reg/app:v1 --cache-fallback dev", TWO},
		MODE_INLINE, "ll",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain -t reg/app:v1 -t reg/app:latest --cache-from "
		"reg/app:latest .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:dev-builder --cache-from "
		"reg/app:builder .\n"
		"2 build-stage optional cleanup needs 1 else 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:dev-builder .\n"
		"# Pushing unprefixed cached images\n"
		"3 tag-push optional cleanup needs 2 else 0: docker tag "
		"reg/app:dev-builder reg/app:builder && docker push reg/app:builder\n"
		"# Building image\n"
		"4 build-stage live stdout needs 1 after 2 else 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest .\n"
		"# Building cached image\n"
		"5 build-stage optional cleanup needs 4 else 0: docker build" INLINE
		" --progress=plain -t reg/app:latest .\n"
		"# Pushing final image\n"
		"6 tag-push live needs 4: docker push reg/app:v1\n"
		"# Pushing unprefixed cached images\n"
		"7 tag-push optional cleanup needs 5 after 6: docker push "
		"reg/app:latest\n",
		.engine = "none"},
	{"attempt: not where only the fallback's were found",
		{"reg/app:v1 --cache-fallback dev", TWO}, MODE_INLINE, "yl",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE
		" --target builder -t reg/app:dev-builder --cache-from "
		"reg/app:dev-builder .\n"
		"1 build-stage optional cleanup needs 0: docker build" INLINE
		" --target builder --progress=plain -t reg/app:dev-builder .\n"
		"# Pushing unprefixed cached images\n"
		"2 tag-push optional cleanup needs 1: docker tag reg/app:dev-builder "
		"reg/app:builder && docker push reg/app:builder\n"
		"# Building image\n"
		"3 build-stage live stdout needs 0 after 1: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest .\n"
		"# Building cached image\n"
		"4 build-stage optional cleanup needs 3: docker build" INLINE
		" --progress=plain -t reg/app:latest .\n"
		"# Pushing final image\n"
		"5 tag-push live needs 3: docker push reg/app:v1\n"
		"# Pushing unprefixed cached images\n"
		"6 tag-push optional cleanup needs 4 after 5: docker push "
		"reg/app:latest\n",
		.engine = "none"},
	{"attempt: for a new branch that stores nothing no copies",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "ll",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE " --progress=plain "
		"-t reg/app:v1 --cache-from reg/app:latest .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE " --target builder -t "
		"reg/app:topic-builder --cache-from reg/app:builder .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 1 else 0: docker build" INLINE " -t "
		"reg/app:v1 --cache-from reg/app:latest .\n",
		.engine = "none"},
	{"attempt: not final with --iidfile",
		{"reg/app:v1 --iidfile id --cache-read-only", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain --cache-from reg/app:topic .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:topic-builder .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 1 after 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic --iidfile id .\n"
		"# Pushing final image\n"
		"3 tag-push live needs 2: docker push reg/app:v1\n"},
	{"attempt: not final with --output",
		{"reg/app:v1 -o type=image --cache-read-only", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain --cache-from reg/app:topic .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:topic-builder .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 1 after 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic -o type=image .\n"},
	{"attempt: not final with --cache-to",
		{"reg/app:v1 --cache-read-only --push=false --cache-to type=inline", TWO,
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain --cache-from reg/app:topic .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:topic-builder .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 1 after 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic --cache-to type=inline .\n"},
	{"attempt: not final with --load",
		{"reg/app:v1 --cache-read-only --push=false --load", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain --cache-from reg/app:topic .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:topic-builder .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 1 after 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic --load .\n"},
	{"attempt: not final where docker has to push",
		{"reg/app:v1 --cache-read-only", TWO, .branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building image\n"
		"0 build-stage attempt whole: docker build" INLINE
		" --progress=plain --cache-from reg/app:topic .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build" INLINE
		" --target builder --output type=cacheonly --cache-from "
		"reg/app:topic-builder .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 1 after 0: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic --push .\n",
		.engine = "remote"},
	{"attempt: none with --no-cache",
		{"reg/app:v1 --cache-read-only --push=false --no-cache", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " --no-cache -t "
		"reg/app:v1 .\n"},
	{"attempt: none with -q",
		{"reg/app:v1 --cache-read-only --push=false -q", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building builder image\n"
		"0 build-stage live: docker build -q" INLINE " --target builder -t "
		"reg/app:topic-builder --cache-from reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build -q" INLINE " -t "
		"reg/app:v1 --cache-from reg/app:topic .\n"},
	{"attempt: none with --no-cache-filter",
		{"reg/app:v1 --cache-read-only --push=false --no-cache-filter builder", TWO,
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE " --target builder "
		"--no-cache-filter builder -t reg/app:topic-builder --cache-from "
		"reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0,0: docker build" INLINE " -t "
		"reg/app:v1 --cache-from reg/app:topic .\n"},
	{"attempt: none with --progress=tty",
		{"reg/app:v1 --cache-read-only --push=false --progress=tty", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building builder image\n"
		"0 build-stage live: docker build --progress=tty" INLINE " --target "
		"builder -t reg/app:topic-builder --cache-from reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build --progress=tty" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic "
		".\n"},
	{"attempt: none with --progress=plain that is taken back",
		{"reg/app:v1 --cache-read-only --push=false --progress=plain --progress auto", TWO,
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building builder image\n"
		"0 build-stage live: docker build --progress=plain --progress auto" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build --progress=plain "
		"--progress auto" INLINE " -t reg/app:v1 --cache-from reg/app:topic .\n"},
	{"attempt: with --progress=plain",
		{"reg/app:v1 --cache-read-only --push=false --progress=plain", TWO,
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy",
		"# Building image\n"
		"0 build-stage attempt whole: docker build --progress=plain" INLINE
		" --progress=plain -t reg/app:v1 --cache-from reg/app:topic .\n"
		"# Building builder image\n"
		"1 build-stage live else 0: docker build --progress=plain" INLINE
		" --target builder -t reg/app:topic-builder --cache-from "
		"reg/app:topic-builder .\n"
		"# Building image\n"
		"2 build-stage live stdout needs 1 else 0: docker build "
		"--progress=plain" INLINE " -t reg/app:v1 --cache-from reg/app:topic .\n"},
	{"attempt: not with a cache mount",
		{"reg/app:v1 --cache-read-only --push=false", MOUNTS("type=cache,target=/c"),
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy", STAGES_FIRST},
	{"attempt: not with a cache mount in other case",
		{"reg/app:v1 --cache-read-only --push=false", MOUNTS("TYPE=cache,target=/c"),
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy", STAGES_FIRST},
	{"attempt: not with a mount of a kind that a variable gives",
		{"reg/app:v1 --cache-read-only --push=false", MOUNTS("$X"), .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy", STAGES_FIRST},
	{"attempt: not with a secret",
		{"reg/app:v1 --cache-read-only --push=false", MOUNTS("type=secret,id=x"),
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy", STAGES_FIRST},
	{"attempt: with a bind mount",
		{"reg/app:v1 --cache-read-only --push=false",
			MOUNTS("type=bind,source=x,target=/x"), .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy", ATTEMPT_FIRST},
	{"attempt: with a mount of no kind",
		{"reg/app:v1 --cache-read-only --push=false", MOUNTS("target=/x"),
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy", ATTEMPT_FIRST},
	{"attempt: with tmpfs",
		{"reg/app:v1 --cache-read-only --push=false", MOUNTS("type=tmpfs,target=/x"),
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy", ATTEMPT_FIRST},
	{"attempt: not with a cache mount whose target looks like another kind",
		{"reg/app:v1 --cache-read-only --push=false",
			MOUNTS("type=cache,target=/x/type=bind"), .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy", STAGES_FIRST},
	{"attempt: not with a cache mount behind one that is harmless",
		{"reg/app:v1 --cache-read-only --push=false",
			MOUNTS("type=bind,target=/x --mount=type=cache,target=/c"),
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy", STAGES_FIRST},
	{"attempt: not with two kinds, of which one stays",
		{"reg/app:v1 --cache-read-only --push=false",
			MOUNTS("type=bind,type=cache,target=/c"), .branch = "topic",
			.default_branch = "main"},
		MODE_INLINE, "yy", STAGES_FIRST},
	{"attempt: not with a mount that is quoted",
		{"reg/app:v1 --cache-read-only --push=false", MOUNTS("\"type=bind\",target=/x"),
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy", STAGES_FIRST},
	{"attempt: with a bind mount of a stage",
		{"reg/app:v1 --cache-read-only --push=false",
			"FROM a AS builder\n"
			"FROM b\n"
			"RUN --mount=type=bind,from=builder make\n",
			.branch = "topic", .default_branch = "main"},
		MODE_INLINE, "yy", ATTEMPT_FIRST},
	{"registry: the exported cache of the image, a builder that loads",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_REGISTRY,
		"-e",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache" EXPORT
		"reg/app:topic.cache" MAX " .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Pushing final image\n"
		"3 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 0 after 3: docker tag reg/app:v1 "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"registry: the same, a builder that does not",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_REGISTRY,
		"-e",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache" EXPORT
		"reg/app:topic.cache" MAX " --push .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "docker-container"},
	{"registry: the default branch", {"reg/app:v1", TWO, .branch = "main"}, MODE_REGISTRY, "-x",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:latest.cache" EXPORT
		"reg/app:main.cache" MAX " --push .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain --provenance=false --output "
		"'type=image,\"name=reg/app:main-builder,reg/app:builder\"" PUSHED "'" EXPORT
		"reg/app:main-builder.cache" MAX " .\n"
		"# Copying unprefixed caches\n"
		"2 tag-push optional cleanup needs 1 gate 1: docker buildx "
		"imagetools create --prefer-index=false -t reg/app:builder.cache "
		"reg/app:main-builder.cache\n"
		"3 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:main-builder.cache reg/app:main.cache\n"
		"4 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t reg/app:builder.cache "
		"reg/app:main.cache\n"
		"# Building cached image\n"
		"5 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain --provenance=false --output "
		"'type=image,\"name=reg/app:main,reg/app:latest\"" PUSHED "' .\n"
		"# Copying unprefixed caches\n"
		"6 tag-push optional cleanup needs 0 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t reg/app:latest.cache "
		"reg/app:main.cache\n",
		.engine = "remote"},
	{"registry: exported caches of stages too, each taken up by itself",
		{"reg/app:v1 --cache-read-only --push=false", APART, .branch = "topic",
			.default_branch = "main"},
		MODE_REGISTRY, "exe",
		"0 build-stage attempt takes: docker build" INLINE
		" --target one --progress=plain --output type=cacheonly --cache-from "
		"type=registry,ref=reg/app:topic-one.cache .\n"
		"1 build-stage attempt takes after 0: docker build" INLINE
		" --target two --progress=plain --output type=cacheonly --cache-from "
		"type=registry,ref=reg/app:two.cache .\n"
		"# Building image\n"
		"2 build-stage live whole stdout after 1: docker build" INLINE " -t reg/app:v1 "
		"--cache-from type=registry,ref=reg/app:topic.cache --cache-from "
		"type=registry,ref=reg/app:topic-one.cache --cache-from "
		"type=registry,ref=reg/app:two.cache .\n",
		.engine = "remote"},
	{"registry: the cache of all is exported by a build of its own, where the engine has what "
	 "it built",
		{"reg/app:v1 --pull --no-cache", TWO, .branch = "main"}, MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout pushes: docker build --pull --build-arg "
		"BUILDKIT_INLINE_CACHE=1 --no-cache -t reg/app:v1 -t reg/app:main -t "
		"reg/app:latest --push .\n"
		"# Exporting the cache\n"
		"1 build-stage optional cleanup attempt exports gate 0: docker build "
		"--build-arg BUILDKIT_INLINE_CACHE=1 --progress=plain --output "
		"type=cacheonly --cache-to "
		"type=registry,ref=reg/"
		"app:main.cache,mode=max,ignore-error=true,image-manifest=true,oci-mediatypes=true "
		".\n"
		"# Storing builder\n"
		"2 build-stage optional cleanup attempt gate 0: docker build --pull "
		"--build-arg BUILDKIT_INLINE_CACHE=1 --target builder --progress=plain "
		"--provenance=false --output "
		"'type=image,\"name=reg/app:main-builder,reg/app:builder\",push=true,store=false' "
		"--cache-to "
		"type=registry,ref=reg/"
		"app:main-builder.cache,mode=max,ignore-error=true,image-manifest=true,oci-"
		"mediatypes=true "
		".\n"
		"# Copying unprefixed caches\n"
		"3 tag-push optional cleanup needs 2 gate 2: docker buildx imagetools "
		"create --prefer-index=false -t reg/app:builder.cache "
		"reg/app:main-builder.cache\n"
		"4 tag-push optional cleanup needs 1 after 2 gate 1: docker buildx "
		"imagetools create --prefer-index=false -t reg/app:main-builder.cache "
		"reg/app:main.cache\n"
		"5 tag-push optional cleanup needs 1 after 2 gate 1: docker buildx "
		"imagetools create --prefer-index=false -t reg/app:builder.cache "
		"reg/app:main.cache\n"
		"# Copying unprefixed caches\n"
		"6 tag-push optional cleanup needs 1 gate 1: docker buildx imagetools "
		"create --prefer-index=false -t reg/app:latest.cache "
		"reg/app:main.cache\n"
		"# Building image\n"
		"7 build-stage cleanup unpushed gate 0: docker build --pull --build-arg "
		"BUILDKIT_INLINE_CACHE=1 --progress=plain -t reg/app:v1 .\n"
		"# Pushing final image\n"
		"8 tag-push live needs 7 after 1: docker push reg/app:v1\n"
		"# Pushing cached images for main\n"
		"9 tag-push optional cleanup needs 7 after 8: docker tag reg/app:v1 "
		"reg/app:main && docker push reg/app:main\n"
		"# Pushing unprefixed cached images\n"
		"10 tag-push optional cleanup needs 7 after 9: docker tag reg/app:v1 "
		"reg/app:latest && docker push reg/app:latest\n",
		.engine = "containerd", .reads = true},
	{"registry: that of a stage alone, from a run that failed",
		{"reg/app:v1 --cache-read-only --push=false", APART, .branch = "topic",
			.default_branch = "main"},
		MODE_REGISTRY, "-e-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 "
		"--cache-from type=registry,ref=reg/app:topic-two.cache .\n",
		.engine = "remote"},
	{"registry: nothing found",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_REGISTRY,
		"--",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1" EXPORT "reg/app:topic.cache" MAX " --push .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "remote"},
	{"registry: nothing found, a builder that loads",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_REGISTRY,
		"--",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1" EXPORT "reg/app:topic.cache" MAX " .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Pushing final image\n"
		"3 tag-push live needs 0: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 0 after 3: docker tag reg/app:v1 "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"registry: images alone", {"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"},
		MODE_REGISTRY, "yy",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE
		" --target builder --output type=cacheonly --cache-from "
		"reg/app:topic-builder .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup needs 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"# Building image\n"
		"2 build-stage live stdout exports needs 0 after 1: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:topic" EXPORT "reg/app:topic.cache" MAX
		" --push .\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 2: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "remote"},
	{"registry: images alone, a builder that loads",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_REGISTRY,
		"ll",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE
		" --target builder --output type=cacheonly --cache-from "
		"reg/app:builder .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup needs 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"# Building image\n"
		"2 build-stage live stdout exports needs 0 after 1: docker build" INLINE
		" -t reg/app:v1 --cache-from reg/app:latest" EXPORT "reg/app:topic.cache" MAX " .\n"
		"# Pushing final image\n"
		"3 tag-push live needs 2: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 2 after 3: docker tag reg/app:v1 "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"registry: an image for the image alone",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_REGISTRY, "-y",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 "
		"--cache-from reg/app:topic .\n",
		.engine = "remote"},
	{"registry: read-only",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 "
		"--cache-from type=registry,ref=reg/app:topic.cache .\n",
		.engine = "remote"},
	{"registry: read-only, with images alone",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_REGISTRY, "yy",
		"# Building builder image\n"
		"0 build-stage live: docker build" INLINE " --target builder --output "
		"type=cacheonly --cache-from reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build" INLINE " -t "
		"reg/app:v1 --cache-from reg/app:topic .\n",
		.engine = "remote"},
	{"registry: not pushed, a builder that does not load",
		{"reg/app:v1 --push=false", TWO, .branch = "topic", .default_branch = "main"},
		MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache" EXPORT
		"reg/app:topic.cache" MAX " .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "remote"},
	{"registry: docker's form",
		{"-t reg/app:v1 .", TWO, .branch = "topic", .default_branch = "main"},
		MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache" EXPORT
		"reg/app:topic.cache" MAX " .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "remote"},
	{"registry: docker's form with --push and --load",
		{"-t reg/app:v1 --push --load .", TWO, .branch = "topic", .default_branch = "main"},
		MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache" EXPORT
		"reg/app:topic.cache" MAX " --load --push .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "remote"},
	{"registry: --output that makes no image",
		{"reg/app:v1 -o type=local,dest=out", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache" EXPORT
		"reg/app:topic.cache" MAX " -o type=local,dest=out .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "remote"},
	{"registry: --output that makes no image, a builder that loads",
		{"reg/app:v1 -o type=local,dest=out", TWO, .branch = "topic",
			.default_branch = "main"},
		MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache" EXPORT
		"reg/app:topic.cache" MAX " -o type=local,dest=out .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain -t reg/app:topic .\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 3: docker push reg/app:topic\n"},
	{"registry: --output that makes an image, a builder that loads",
		{"reg/app:v1 -o type=image", TWO, .branch = "topic", .default_branch = "main"},
		MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache" EXPORT
		"reg/app:topic.cache" MAX " -o type=image .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Pushing cached images for topic\n"
		"3 tag-push optional cleanup needs 0: docker tag reg/app:v1 "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"registry: --no-cache",
		{"reg/app:v1 --no-cache", TWO, .branch = "topic", .default_branch = "main"},
		MODE_REGISTRY, "--",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" --no-cache -t reg/app:v1" EXPORT "reg/app:topic.cache" MAX " --push .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "remote"},
	{"registry: the user's own caches",
		{"reg/app:v1 --cache-read-only --push=false --cache-from mine --cache-to "
		 "type=local,dest=x",
			TWO, .branch = "topic", .default_branch = "main"},
		MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 "
		"--cache-from type=registry,ref=reg/app:topic.cache --cache-from mine "
		"--cache-to type=local,dest=x .\n",
		.engine = "remote"},
	{"registry: a cache mount",
		{"reg/app:v1", MOUNTS("type=cache,target=/c"), .branch = "topic",
			.default_branch = "main"},
		MODE_REGISTRY, "--",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1" EXPORT "reg/app:topic.cache" MAX " --push .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt careful gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED EXPORT
		"reg/app:topic-builder.cache" MAX " .\n"
		"2 tag-push optional cleanup needs 0 after 1 gate 0: docker buildx "
		"imagetools create --prefer-index=false -t "
		"reg/app:topic-builder.cache reg/app:topic.cache\n"
		"# Building cached image\n"
		"3 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "remote"},
	{"registry: no Dockerfile known",
		{"reg/app:v1 https://example/x.git", NULL, .branch = "topic",
			.default_branch = "main"},
		MODE_REGISTRY, "e",
		"# Building image\n"
		"0 build-stage live whole stdout exports: docker build" INLINE
		" -t reg/app:v1 --cache-from type=registry,ref=reg/app:topic.cache" EXPORT
		"reg/app:topic.cache" MAX " --push https://example/x.git\n"
		"# Building cached image\n"
		"1 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " https://example/x.git\n",
		.engine = "remote"},
	{"registry: a fork", {"reg/app:v1", TWO, .branch = "x", .target = "main", .fork = FORK_YES},
		MODE_REGISTRY, "-e",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 "
		"--cache-from type=registry,ref=reg/app:x.cache .\n",
		.engine = "remote"},
	{"inline, a builder that does not load, which was asked for",
		{"reg/app:v1", TWO, .branch = "topic", .default_branch = "main"}, MODE_INLINE, "--",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 --push .\n"
		"# Storing builder\n"
		"1 build-stage optional cleanup attempt gate 0: docker build" INLINE
		" --target builder --progress=plain" IMAGE "reg/app:topic-builder" PUSHED " .\n"
		"# Building cached image\n"
		"2 build-stage optional cleanup needs 0: docker build" INLINE
		" --progress=plain" IMAGE "reg/app:topic" PUSHED " .\n",
		.engine = "remote"},

	{"pull: nothing found: docker's ordinary cache",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic"}, MODE_PULL,
		"--",
		"# Building builder image\n"
		"0 build-stage live: docker build --target builder -t reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build -t reg/app:v1 .\n"},
	{"pull: all found: the stages built before, then its own",
		{"reg/app:v1 --cache-read-only --push=false", CHAIN, .branch = "topic"}, MODE_PULL,
		"lyyl",
		"# Building one image\n"
		"0 build-stage live: docker build --target one -t reg/app:topic-one "
		"--cache-from reg/app:one .\n"
		"# Building two image\n"
		"1 build-stage live needs 0: docker build --target two -t reg/app:topic-two "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two .\n"
		"# Building three image\n"
		"2 build-stage live needs 1: docker build --target three -t reg/app:topic-three "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two "
		"--cache-from reg/app:topic-three .\n"
		"# Building image\n"
		"3 build-stage live stdout needs 2: docker build -t reg/app:v1 "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two "
		"--cache-from reg/app:topic-three --cache-from reg/app:latest .\n"},
	{"pull: only a later one found",
		{"reg/app:v1 --cache-read-only --push=false", TWO, .branch = "topic"}, MODE_PULL,
		"-y",
		"# Building builder image\n"
		"0 build-stage live: docker build --target builder -t reg/app:topic-builder .\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build -t reg/app:v1 "
		"--cache-from reg/app:topic-builder --cache-from reg/app:topic .\n"},
	{"pull: independent stages are built one after the other all the same",
		{"reg/app:v1", APART, .branch = "topic", .default_branch = "main"}, MODE_PULL,
		"---",
		"# Building one image\n"
		"0 build-stage live: docker build --target one -t reg/app:topic-one .\n"
		"# Pushing cached images for topic\n"
		"1 tag-push optional cleanup needs 0: docker push reg/app:topic-one\n"
		"# Building two image\n"
		"2 build-stage live needs 0: docker build --target two -t reg/app:topic-two .\n"
		"# Pushing cached images for topic\n"
		"3 tag-push optional cleanup needs 2: docker push reg/app:topic-two\n"
		"# Building image\n"
		"4 build-stage live stdout needs 2: docker build -t reg/app:v1 .\n"
		"# Pushing final image\n"
		"5 tag-push live needs 4: docker push reg/app:v1\n"
		"# Pushing cached images for topic\n"
		"6 tag-push optional cleanup needs 4 after 5: docker tag reg/app:v1 reg/app:topic "
		"&& docker push reg/app:topic\n"},
	{"pull: --no-cache: the first build anew, the others on what was just built",
		{"reg/app:v1 --no-cache --cache-read-only --push=false", CHAIN, .branch = "topic"},
		MODE_PULL, "----",
		"# Building one image\n"
		"0 build-stage live: docker build --target one --no-cache -t reg/app:topic-one .\n"
		"# Building two image\n"
		"1 build-stage live needs 0: docker build --target two -t reg/app:topic-two "
		"--cache-from reg/app:topic-one .\n"
		"# Building three image\n"
		"2 build-stage live needs 1: docker build --target three -t reg/app:topic-three "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two .\n"
		"# Building image\n"
		"3 build-stage live stdout needs 2: docker build -t reg/app:v1 "
		"--cache-from reg/app:topic-one --cache-from reg/app:topic-two "
		"--cache-from reg/app:topic-three .\n"},
	{"pull: --no-cache without stages",
		{"reg/app:v1 --no-cache --cache-read-only --push=false", NULL}, MODE_PULL, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build --no-cache -t reg/app:v1 .\n"},

	{"drop-in form: nothing of IMAGE is pushed without --push",
		{"-t reg/app:v1 .", NULL, .branch = "topic"}, MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 .\n"
		"# Pushing cached images for topic\n"
		"1 tag-push optional cleanup needs 0: docker tag reg/app:v1 reg/app:topic "
		"&& docker push reg/app:topic\n"},
	{"drop-in form with --push", {"-t reg/app:v1 --push . --cache-read-only", NULL},
		MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app:v1 .\n"
		"# Pushing final image\n"
		"1 tag-push live needs 0: docker push reg/app:v1\n"},
	{"several -t are pushed one after the other, the cache behind them",
		{"reg/app -t reg/app:v1 -t reg/app -t other/app:v2 .", NULL, .branch = "topic"},
		MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t reg/app -t "
		"reg/app:v1 -t other/app:v2 .\n"
		"# Pushing final image\n"
		"1 tag-push live needs 0: docker push reg/app:latest\n"
		"2 tag-push live needs 0 after 1: docker push reg/app:v1\n"
		"3 tag-push live needs 0 after 2: docker push other/app:v2\n"
		"# Pushing cached images for topic\n"
		"4 tag-push optional cleanup needs 0 after 3: docker tag reg/app:latest "
		"reg/app:topic && docker push reg/app:topic\n"},
	{"several -t, drop-in form", {"-t one -t two --cache-read-only .", NULL}, MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t one -t two .\n"},

	{"docker's flags: all but those of the image go to every build",
		{"reg/app:v1 --cache-read-only --push=false --build-arg A=1 --pull --label l=1 "
		 "--network=host --iidfile id -o type=image --no-cache-filter one --load "
		 "--cache-from mine --cache-to type=inline -q -f sub/Dockerfile sub",
			TWO},
		MODE_INLINE, "yy",
		"# Building builder image\n"
		"0 build-stage live: docker build --build-arg A=1 --pull --network=host -q" INLINE
		" -f sub/Dockerfile --target builder -t reg/app:builder "
		"--cache-from reg/app:builder --cache-from mine sub\n"
		"# Building image\n"
		"1 build-stage live stdout needs 0: docker build --build-arg A=1 --pull "
		"--network=host -q" INLINE " -f sub/Dockerfile --no-cache-filter one "
		"-t reg/app:v1 --cache-from reg/app:latest --cache-from mine "
		"--cache-to type=inline --load --label l=1 --iidfile id -o type=image sub\n"},
	{"--load=false, and the user's own cache alone",
		{"-t x --cache-read-only --load=false --cache-from mine .", NULL}, MODE_PULL, "-",
		"# Building image\n"
		"0 build-stage live stdout: docker build -t x --cache-from mine --load=false .\n"},
	{"--no-cache goes before the user's own cache",
		{"-t x --cache-read-only --no-cache --cache-from mine .", NULL}, MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " --no-cache -t x "
		".\n"},
	{"the user decides about inline cache himself",
		{"-t x --cache-read-only --build-arg BUILDKIT_INLINE_CACHE=0 .", NULL}, MODE_INLINE,
		"-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build --build-arg "
		"BUILDKIT_INLINE_CACHE=0 -t x .\n"},
	{"what only looks as if he did",
		{"-t x --cache-read-only --build-arg BUILDKIT_INLINE_CACHE_KEY=1 "
		 "--add-host BUILDKIT_INLINE_CACHE:1 .",
			NULL},
		MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build --build-arg "
		"BUILDKIT_INLINE_CACHE_KEY=1 --add-host BUILDKIT_INLINE_CACHE:1" INLINE " -t "
		"x .\n"},
	{"one tag twice is one", {"-t a -t b -t b --push --cache-read-only .", NULL}, MODE_INLINE,
		"-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t a -t b .\n"
		"# Pushing final image\n"
		"1 tag-push live needs 0: docker push a:latest\n"
		"2 tag-push live needs 0 after 1: docker push b:latest\n"},
	{"so too in one word",
		{"-t x --cache-read-only --build-arg=BUILDKIT_INLINE_CACHE=0 .", NULL}, MODE_INLINE,
		"-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build "
		"--build-arg=BUILDKIT_INLINE_CACHE=0 -t x .\n"},
	{"--target", {"-t x --cache-read-only --target Two .", CHAIN}, MODE_INLINE, "-y",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " --target Two -t "
		"x --cache-from x:two .\n"},
	{"a context that starts with a hyphen", {"-t x --cache-read-only --label a=b -- -dir", TWO},
		MODE_INLINE, "--",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t x --label a=b "
		"-- -dir\n"},
	{"a context from standard input", {"-t x --cache-read-only -", NULL}, MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t x -\n"},
	{"two contexts are docker's to refuse", {"-t x --cache-read-only --push=false x a b", NULL},
		MODE_INLINE, "-",
		"# Building image\n"
		"0 build-stage live whole stdout: docker build" INLINE " -t x a b\n"},
};

static void
set_source(struct cache_source *source, const struct cache_entry *entry, size_t i, char letter)
{
	const struct strvec *refs;
	bool last = letter == 'l' || letter == 'x';

	source->exported = letter == 'e' || letter == 'x' || letter == 'E';
	refs = source->exported ? &entry->exports : &entry->lookup;
	if (letter == '-')
		return;
	source->ref = refs->v[last ? refs->nr - 1 : 0];
	if (letter == 'R' || letter == 'E')
		source->rescued = xstrdup(letter == 'E' ? entry->export_rescued : entry->rescued);
	if (letter == 'D')
		strvec_pushf(&source->from, "reg/app@sha256:%zu", i);
	else
		strvec_push(&source->from, source->ref);
	if (letter == 'u')
		strvec_push(&source->from, refs->v[refs->nr - 1]);
}

static struct cache_source *
make_sources(const struct cache_refs *refs, const char *found)
{
	struct cache_source *sources = load_new(refs);
	size_t i;

	if (strlen(found) != refs->nr)
		fail_msg("%zu entries, but '%s' is found", refs->nr, found);
	for (i = 0; i < refs->nr; i++) {
		set_source(&sources[i], &refs->entries[i], i, found[i]);
		sources[i].sure = sources[i].from.nr == 1; /* else the first may not be there */
	}
	return sources;
}

static void
make_engine(struct engine *e, const char *what)
{
	engine_init(e);
	e->has_buildx = !str_eq(what, "none");
	e->buildx_version = xstrdup(str_eq(what, "old") ? "v0.14.1" : "v0.29.1");
	e->client_version = xstrdup("28.5.2");
	if (str_eq(what, "containerd")) {
		e->server_version = xstrdup("28.5.2");
		e->containerd_store = true;
	} else if (what && !str_eq(what, "none") && !str_eq(what, "old")) {
		e->driver = xstrdup(what);
	}
}

static void
plans(void **state)
{
	const struct row *row = *state;
	struct cache_source *sources;
	struct engine e;
	struct plan plan;
	struct scene s;
	bool same;

	plan_init(&plan);
	scene_open(&s, &row->setting);
	assert_true(s.good);
	make_engine(&e, row->engine);
	sources = make_sources(&s.refs, row->found);
	plan_build(&plan, &(struct build_setup){&s.refs, &s.df, &s.o, row->mode, sources, &e, NULL,
				  row->one_build, row->reads});
	same = scene_expect(row->name, &plan, row->want);
	load_release(sources, s.refs.nr);
	engine_release(&e);
	plan_release(&plan);
	scene_close(&s);
	assert_true(same);
}

/* Every step tells which entry it is for, and what it is about. */
static void
steps_name_their_entry(void **state)
{
	static const struct setting setting = {"reg/app:v1", TWO, .branch = "main"};
	static const struct {
		size_t entry;
		const char *subject;
	} want[] = {
		{1, "reg/app:v1"},
		{0, "builder"},
		{0, "reg/app:main-builder"},
		{0, "reg/app:builder"},
		{1, "reg/app:v1"},
		{1, "reg/app:main"},
		{1, "reg/app:latest"},
	};
	struct cache_source *sources;
	struct plan plan;
	struct scene s;
	size_t i;

	(void)state;
	plan_init(&plan);
	scene_open(&s, &setting);
	sources = make_sources(&s.refs, "--");
	plan_build(&plan, &(struct build_setup){
				  &s.refs, &s.df, &s.o, MODE_INLINE, sources, NULL, NULL, false});
	assert_int_equal(plan.nr, ARRAY_SIZE(want));
	for (i = 0; i < plan.nr; i++) {
		assert_int_equal(plan.steps[i].entry, want[i].entry);
		expect_text("subject", plan.steps[i].subject, want[i].subject);
	}
	load_release(sources, s.refs.nr);
	plan_release(&plan);
	scene_close(&s);
}

int
main(void)
{
	add_rows(plans, rows);
	add_test(steps_name_their_entry);
	return run_all();
}
