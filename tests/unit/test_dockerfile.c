#include "rows.h"

#include "dockerfile.h"

/* A row of a table leaves out what is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/*
 * What stages a file has. A stage is LINE BASE [AS NAME] [ON PLATFORM] [<- STAGES it needs], stages
 * have "; " between; a file docker refuses is "!" and a part of the reason.
 */
static const struct file {
	const char *name, *text, *want;
	/* words: NAME=value is a --build-arg, @NAME=value a variable of the platform, +NAME a
	 * --build-context */
	const char *given;
} files[] = {
	{"two stages", "FROM a AS builder\nRUN x\nFROM b\nCOPY --from=builder /x /\n",
		"1 a AS builder; 3 b <- 0"},
	{"one stage", "FROM a\nRUN x\n", "1 a"},
	{"FROM alone", "FROM a", "1 a"},
	{"no line end at the end", "FROM a AS x\nFROM b", "1 a AS x; 2 b"},
	{"scratch", "FROM scratch\nCOPY a /\n", "1 scratch"},
	{"digest",
		"FROM a@sha256:0000000000000000000000000000000000000000000000000000000000000000 AS "
		"x\n",
		"1 a@sha256:0000000000000000000000000000000000000000000000000000000000000000 AS x"},
	{"registry with a port", "FROM localhost:5000/a/b:c AS x\n", "1 localhost:5000/a/b:c AS x"},

	/* words */
	{"lower-case instructions", "from a as b\nrun x\nfrom c\n", "1 a AS b; 3 c"},
	{"mixed case", "From a aS b\nRuN x\n", "1 a AS b"},
	{"every instruction",
		"ARG A\nFROM a\nADD a b\nARG A\nCMD a\nCOPY a b\nENTRYPOINT a\nENV A=b\nEXPOSE 1\n"
		"HEALTHCHECK NONE\nLABEL a=b\nMAINTAINER a\nONBUILD RUN a\nRUN a\nSHELL [\"a\"]\n"
		"STOPSIGNAL 1\nUSER a\nVOLUME /a\nWORKDIR /a\n",
		"2 a"},
	{"unknown instruction", "FROM a\nRUNN x\n", "!line 2: unknown instruction: RUNN"},
	{"part of an instruction", "FROM a\nRU x\n", "!unknown instruction: RU"},
	{"unknown before FROM", "X\nFROM a\n", "!line 1: unknown instruction: X"},
	{"RUN before FROM", "RUN x\n", "!line 1: no build stage"},
	{"RUN between ARG and FROM", "ARG A=1\nRUN x\nFROM a\n", "!line 2: no build stage"},
	{"only ARG", "ARG A=1\n", "!no build stage"},
	{"only comments", "# a\n", "!no instructions"},
	{"only blanks", " \t\n\r\n\v\n", "!no instructions"},
	{"nothing", "", "!no instructions"},
	{"tabs between words", "FROM\ta\tAS\tx\nFROM b\n", "1 a AS x; 2 b"},
	{"all blanks between words", "FROM \v a\fAS \t\r x \nFROM b\n", "1 a AS x; 2 b"},
	{"indented", "   FROM a AS x\n\t RUN b\n\t\tFROM c AS y\n", "1 a AS x; 3 c AS y"},
	{"blanks at the end", "FROM a AS x  \t\nFROM b \n", "1 a AS x; 2 b"},

	/* FROM */
	{"platform", "FROM --platform=$BUILDPLATFORM golang:1 AS build\nFROM scratch\n",
		"1 golang:1 AS build ON $BUILDPLATFORM; 2 scratch"},
	{"platform in lower case", "from --platform=linux/arm64 a\n", "1 a ON linux/arm64"},
	{"unknown flag", "FROM --foo=1 a\n", "!line 1: unknown flag: --foo"},
	{"platform without a value", "FROM --platform a\n", "!line 1: "},
	{"name in upper case", "FROM a aS Builder\nFROM b\nCOPY --from=BUILDER /x /\n",
		"1 a AS builder; 2 b <- 0"},
	{"name with all that may be in it", "FROM a AS b-c_d.e9\n", "1 a AS b-c_d.e9"},
	{"name of one letter", "FROM a AS b\n", "1 a AS b"},
	{"name that starts with a digit", "FROM a AS 1st\n",
		"!line 1: invalid name for build stage: \"1st\""},
	{"number for a name", "FROM a AS 1\n", "!invalid name"},
	{"name with a slash", "FROM a AS b/c\n", "!invalid name for build stage: \"b/c\""},
	{"name that starts with a hyphen", "FROM a AS -b\n", "!invalid name"},
	{"name that starts with an underscore", "FROM a AS _b\n", "!invalid name"},
	{"name that is not ASCII", "FROM a AS b\xc3\xbc\n", "!invalid name"},
	{"AS without a name", "FROM a AS\n", "!FROM requires either one or three arguments"},
	{"two words", "FROM a b\n", "!FROM requires either one or three arguments"},
	{"three words without AS", "FROM a b c\n", "!FROM requires either one or three arguments"},
	{"no trailing comments", "FROM a AS b # comment\n", "!FROM requires either"},
	{"no base", "FROM\n", "!FROM requires either"},
	{"platform and no base", "FROM --platform=a\n", "!FROM requires either"},
	{"quotes are part of a base", "FROM \"a\"\n", "1 \"a\""},
	{"variables stay", "ARG V=1\nARG B=alpine\nFROM ${B}:${V} AS x\nFROM x\n",
		"3 ${B}:${V} AS x; 4 x <- 0"},

	/* variables */
	{"a stage by an ARG", "ARG S=x\nFROM a AS x\nFROM b AS y\nFROM $S\n",
		"2 a AS x; 3 b AS y; 4 $S <- 0"},
	{"a stage by a --build-arg", "ARG S=x\nFROM a AS x\nFROM b AS y\nFROM $S\n",
		"2 a AS x; 3 b AS y; 4 $S <- 1", "S=y"},
	{"an ARG without a value", "ARG S\nFROM a AS x\nFROM ${S:-x}\n",
		"2 a AS x; 3 ${S:-x} <- 0"},
	{"an ARG without a value, given", "ARG S\nFROM a AS x\nFROM ${S:-y}\n",
		"2 a AS x; 3 ${S:-y} <- 0", "S=x"},
	{"a --build-arg without an ARG", "FROM a AS x\nFROM ${S:-y}\n", "1 a AS x; 2 ${S:-y}",
		"S=x"},
	{"an ARG of an ARG", "ARG A=x\nARG B=$A\nFROM a AS x\nFROM $B\n", "3 a AS x; 4 $B <- 0"},
	{"several in one ARG", "ARG A=y B=\"x\" C\nFROM a AS x\nFROM ${B}\n",
		"2 a AS x; 3 ${B} <- 0"},
	{"quotes with a blank in an ARG", "ARG A=\"b c\" B=x\nFROM a AS x\nFROM $B\n",
		"2 a AS x; 3 $B <- 0"},
	{"the last of one name", "ARG A=y\nARG A=x\nFROM a AS x\nFROM $A\n", "3 a AS x; 4 $A <- 0"},
	{"an ARG in a stage does not count", "ARG A=y\nFROM a AS x\nARG A=x\nFROM $A\n",
		"2 a AS x; 4 $A"},
	{"part of a name", "ARG V=1\nFROM a AS go1\nFROM go$V\n", "2 a AS go1; 3 go$V <- 0"},
	{"nothing is no base", "ARG A=\nFROM $A\n", "!base name ($A) should not be blank"},
	{"an unset variable is no base", "FROM $A\n", "!base name ($A) should not be blank"},
	{"a demand", "ARG A\nFROM ${A?no}\n", "!failed to process"},
	{"an open brace", "FROM ${A\n", "!failed to process"},
	{"ARG without a name", "ARG =x\nFROM a\n", "!ARG names can not be blank"},
	{"by the platform",
		"FROM a AS build-amd64\nFROM b AS build-arm64\nFROM build-$TARGETARCH\n",
		"1 a AS build-amd64; 2 b AS build-arm64; 3 build-$TARGETARCH <- 1",
		"@TARGETARCH=arm64"},
	{"by a platform that is not known", "FROM a AS x\nFROM build-$TARGETARCH\n",
		"!depends on the platform"},
	{"by a platform given otherwise", "FROM a AS b-x\nFROM b-$TARGETARCH\n",
		"1 a AS b-x; 2 b-$TARGETARCH <- 0", "TARGETARCH=x"},
	{"an unknown platform nobody asks for", "ARG A=$TARGETARCH\nFROM a\n", "2 a"},
	{"an unknown platform through an ARG", "ARG A=$TARGETARCH\nFROM a$A\n",
		"!depends on the platform"},

	/* --build-context */
	{"a context for a stage", "FROM a AS x\nFROM x AS y\nCOPY --from=x a b\nFROM y\n",
		"1 a AS x; 2 x AS y; 4 y <- 1", "+y"},
	{"a context for a stage, with a tag", "FROM a AS x\nFROM x AS y\nFROM y\n",
		"1 a AS x; 2 x AS y; 3 y <- 1", "+y:latest"},
	{"a context for something else", "FROM a AS x\nFROM x AS y\nFROM y\n",
		"1 a AS x; 2 x AS y <- 0; 3 y <- 1", "+z"},

	/* which stage needs which */
	{"FROM a stage", "FROM a AS base\nFROM base AS build\nFROM base\nCOPY --from=build /x /\n",
		"1 a AS base; 2 base AS build <- 0; 3 base <- 0 1"},
	{"FROM does not know upper case", "FROM a AS Builder\nFROM Builder\n",
		"1 a AS builder; 2 Builder"},
	{"FROM its own name", "FROM x AS x\nFROM x\n", "1 x AS x; 2 x <- 0"},
	{"FROM a later stage is an image", "FROM b AS a\nFROM x AS b\n", "1 b AS a; 2 x AS b"},
	{"FROM a number is an image", "FROM a\nFROM 0\n", "1 a; 2 0"},
	{"FROM name with a tag is an image", "FROM a AS b\nFROM b:1\n", "1 a AS b; 2 b:1"},
	{"COPY by number", "FROM a\nFROM b\nCOPY --from=0 /x /\n", "1 a; 2 b <- 0"},
	{"COPY by number of two", "FROM a\nFROM b\nFROM c\nCOPY --from=1 /x /\n",
		"1 a; 2 b; 3 c <- 1"},
	{"COPY from an image", "FROM a AS x\nFROM b\nCOPY --from=y /x /\nCOPY --from=x:1 /x /\n",
		"1 a AS x; 2 b"},
	{"COPY behind other flags", "FROM a AS x\nFROM b\nCOPY --chown=1:1 --link --from=x a b\n",
		"1 a AS x; 2 b <- 0"},
	{"COPY on the next line", "FROM a AS x\nFROM b\nCOPY \\\n  --link \\\n  --from=x a b\n",
		"1 a AS x; 2 b <- 0"},
	{"COPY behind a word is no flag", "FROM a AS x\nFROM b\nCOPY a --from=x b\n",
		"1 a AS x; 2 b"},
	{"COPY without from", "FROM a AS x\nFROM b\nCOPY x /\n", "1 a AS x; 2 b"},
	{"COPY of JSON", "FROM a AS x\nFROM b\nCOPY --from=x [\"a\", \"b\"]\n",
		"1 a AS x; 2 b <- 0"},
	{"ADD has no from", "FROM a AS x\nFROM b\nADD --from=x a b\n", "1 a AS x; 2 b"},
	{"ONBUILD is for who comes after",
		"FROM a AS x\nFROM b AS y\nONBUILD COPY --from=x a b\nFROM y AS z\nFROM z\n",
		"1 a AS x; 2 b AS y; 4 y AS z <- 0 1; 5 z <- 2"},
	{"mount of an ONBUILD", "FROM a AS x\nFROM b AS y\nONBUILD RUN --mount=from=x x\nFROM y\n",
		"1 a AS x; 2 b AS y; 4 y <- 0 1"},
	{"ONBUILD is for others", "FROM a AS x\nFROM b\nONBUILD COPY --from=x a b\n",
		"1 a AS x; 2 b"},
	{"a stage needed twice",
		"FROM a AS x\nFROM x\nCOPY --from=x a b\nCOPY --from=0 a b\nCOPY --from=X a b\n",
		"1 a AS x; 2 x <- 0"},
	{"two of one name: the last",
		"FROM a AS x\nFROM b AS x\nFROM c\nCOPY --from=x /a /\nFROM x\n",
		"1 a AS x; 2 b AS x; 3 c <- 1; 5 x <- 1"},
	{"mount",
		"FROM a AS x\nFROM b\n"
		"RUN --mount=type=bind,from=x,source=/s,target=/t --mount=type=cache,target=/c "
		"make\n",
		"1 a AS x; 2 b <- 0"},
	{"mount: from first and last",
		"FROM a AS x\nFROM b AS y\nFROM c\nRUN --mount=from=x,target=/t make\n"
		"RUN --network=none --mount=target=/t,from=y make\n",
		"1 a AS x; 2 b AS y; 3 c <- 0 1"},
	{"mount: second flag",
		"FROM a AS x\nFROM b\nRUN --mount=type=tmpfs,target=/t "
		"--mount=from=X,target=/t make\n",
		"1 a AS x; 2 b <- 0"},
	{"mount: an image", "FROM a AS x\nFROM b\nRUN --mount=from=xx,target=/t make\n",
		"1 a AS x; 2 b"},
	{"mount: a number is a name", "FROM a\nFROM b\nRUN --mount=from=0,target=/t make\n",
		"1 a; 2 b"},
	{"mount: not of the command", "FROM a AS x\nFROM b\nRUN make --mount=from=x,target=/t\n",
		"1 a AS x; 2 b"},
	{"mount: from in another value", "FROM a AS x\nFROM b\nRUN --mount=source=from=x make\n",
		"1 a AS x; 2 b"},

	{"quotes and escapes in flags",
		"FROM a AS x\nFROM b\nCOPY --from=\"x\" / /\nFROM c\nCOPY --fr\\om=x / /\n",
		"1 a AS x; 2 b <- 0; 4 c <- 0"},
	{"quoted fields of a mount",
		"FROM a AS x\nFROM b\nRUN --mount=type=bind,from=\"x\",target=/t c\n"
		"FROM c\nRUN --mount=type=bind,'\"from=x\"',target=/t c\n",
		"1 a AS x; 2 b <- 0; 4 c <- 0"},
	{"a blank in a quoted flag ends no flag",
		"FROM a AS x\nFROM b\nRUN --mount=\"type=tmpfs,target=/a b\" "
		"--mount=From=x,target=/t c\n",
		"1 a AS x; 2 b <- 0"},
	{"-- ends flags", "FROM -- a AS x\nFROM b\nCOPY -- --from=x / /\n", "1 a AS x; 2 b"},
	{"nothing but a continuation mark, and blanks before the word",
		"\\\n  FROM a AS x\nFROM x\n", "1 a AS x; 3 x <- 0"},

	/* lines */
	{"continuation inside FROM", "FROM \\\n  a \\\n  AS \\\n  b\nRUN x\nFROM c\n",
		"1 a AS b; 6 c"},
	{"comment inside a continuation hides a FROM",
		"FROM a\nRUN x && \\\n# FROM fake AS fake\n   y\nFROM b\n", "1 a; 5 b"},
	{"indented comment inside a continuation", "FROM a\nRUN x \\\n \t# z\n y\nFROM b\n",
		"1 a; 5 b"},
	{"comment that ends in a mark, inside", "FROM a\nRUN x \\\n# z \\\n y\nFROM b\n",
		"1 a; 5 b"},
	{"blank lines inside a continuation", "FROM a AS x\nRUN a \\\n\n \t\n  b\nFROM c\n",
		"1 a AS x; 6 c"},
	{"FROM swallowed by a continuation", "FROM a AS x\nRUN echo \\\nFROM b AS y\n", "1 a AS x"},
	{"FROM swallowed behind comments", "FROM a AS x\nRUN b \\\n # c\n\n\nFROM d AS y\n",
		"1 a AS x"},
	{"two marks are none", "FROM a\nRUN echo \\\\\nFROM b AS y\n", "1 a; 3 b AS y"},
	{"three marks are none", "FROM a\nRUN echo \\\\\\\nFROM b AS y\n", "1 a; 3 b AS y"},
	{"blanks behind the mark", "FROM a\nRUN echo \\  \t\n  x\nFROM b AS y\n", "1 a; 4 b AS y"},
	{"another blank behind the mark", "FROM a\nRUN echo \\\v\nFROM b AS y\n", "1 a; 3 b AS y"},
	{"mark inside a line", "FROM a\nRUN echo \\ x\nFROM b AS y\n", "1 a; 3 b AS y"},
	{"mark on its own line", "FROM a AS x\nRUN b \\\n\\\n c\nFROM d AS y\n",
		"1 a AS x; 5 d AS y"},
	{"mark on the first line", "\\\nFROM a AS x\nFROM b\n", "1 a AS x; 3 b"},
	{"mark at the end of the file", "FROM a AS x\nRUN b \\", "1 a AS x"},
	{"mark and line end at the end of the file", "FROM a AS x\nRUN b \\\n", "1 a AS x"},
	{"word cut in two", "FR\\\nOM a\\\nb A\\\nS c\n", "1 ab AS c"},
	{"comment line that ends in a mark", "FROM a AS x\n# c \\\nFROM b AS y\n",
		"1 a AS x; 3 b AS y"},
	{"indented comment", "  # a\n\t#b\nFROM a\n", "3 a"},
	{"blank lines first", "\n\n \nFROM a\n", "4 a"},
	{"CRLF", "FROM a AS x\r\nRUN b \\\r\n  c\r\nFROM d AS y\r\n", "1 a AS x; 4 d AS y"},
	{"several CR", "FROM a AS x\r\r\nFROM b\r\r\r\n", "1 a AS x; 2 b"},
	{"CR alone is a blank", "FROM a\rAS x\nFROM b\n", "1 a AS x; 2 b"},
	{"byte order mark",
		"\xef\xbb\xbf"
		"FROM a AS x\nFROM b\n",
		"1 a AS x; 2 b"},
	{"byte order mark and comment", "\xef\xbb\xbf# x\nFROM a\n", "2 a"},
	{"byte order mark on another line",
		"FROM a\n\xef\xbb\xbf"
		"FROM b\n",
		"!line 2: unknown instruction"},
	{"byte order mark alone", "\xef\xbb\xbf", "!no instructions"},

	{"white space beyond ASCII",
		"\xc2\xa0"
		"FROM a AS x\nRUN b \\\n\xe3\x80\x80# c\n\xc2\x85\n d\nFROM e\xe2\x80\x83\n",
		"1 a AS x; 6 e"},

	/* what looks like a directive or a heredoc, and is none */
	{"escape behind a comment", "# hello\n# escape=`\nFROM a AS x\nRUN dir `\nFROM b AS y\n",
		"3 a AS x; 5 b AS y"},
	{"escape behind a blank line", "\n# escape=`\nFROM a AS x\nRUN dir `\nFROM b AS y\n",
		"3 a AS x; 5 b AS y"},
	{"escape behind an unknown directive",
		"# foo=bar\n# escape=`\nFROM a\nRUN dir `\nFROM b AS y\n", "3 a; 5 b AS y"},
	{"escape behind a shebang",
		"#!/usr/bin/env docker\n# escape=`\nFROM a\nRUN dir `\nFROM b AS y\n",
		"3 a; 5 b AS y"},
	/* directives */
	{"escape", "# escape=`\nFROM a AS x\nRUN dir c:\\\nFROM b AS y\nRUN a `\n b\nFROM c\n",
		"2 a AS x; 4 b AS y; 7 c"},
	{"escape, blanks and case", "  #  EsCaPe\t= ` \nFROM a\nRUN a `\n b\nFROM c\n", "2 a; 5 c"},
	{"escape that is the default", "# escape=\\\nFROM a\nRUN a \\\n b\nFROM c\n", "2 a; 5 c"},
	{"escape behind syntax and check",
		"#syntax=docker/dockerfile:1\n#check=skip=all\n# escape=`\nFROM a\nRUN a `\n "
		"b\nFROM c\n",
		"4 a; 7 c"},
	{"escape behind a byte order mark",
		"\xef\xbb\xbf# escape=`\nFROM a AS x\nRUN dir c:\\\nFROM b\n", "2 a AS x; 4 b"},
	{"escape twice", "# escape=`\n# escape=`\nFROM a\n", "!only one escape parser directive"},
	{"syntax twice", "# syntax=docker/dockerfile:1\n# Syntax=docker/dockerfile:1\nFROM a\n",
		"!only one syntax parser directive"},
	{"escape of another character", "# escape=x\nFROM a\n", "!invalid escape token"},
	{"escape of two characters", "# escape=\\\\\nFROM a\n", "!invalid escape token"},
	{"escape of nothing is a comment", "# escape=\nFROM a\nRUN b \\\n c\nFROM d\n", "2 a; 5 d"},
	{"escape counts in flags", "# escape=`\nFROM a AS x\nFROM b\nCOPY --fr`om=x / /\n",
		"2 a AS x; 3 b <- 0"},
	{"a backslash does not then", "# escape=`\nFROM a AS x\nFROM b\nCOPY --from=\\x / /\n",
		"2 a AS x; 3 b"},

	/* frontends */
	{"docker's frontend", "# syntax=docker/dockerfile:1.7-labs\nFROM a\n", "2 a"},
	{"docker's frontend by digest",
		"# syntax=docker.io/docker/dockerfile:1@sha256:"
		"0000000000000000000000000000000000000000000000000000000000000000\nFROM a\n",
		"2 a"},
	{"docker's frontend on a mirror",
		"# syntax=mirror.example:5000/hub/docker/dockerfile:1\nFROM a\n", "2 a"},
	{"docker's frontend upstream", "# syntax = docker/dockerfile-upstream:master\nFROM a\n",
		"2 a"},
	{"a foreign frontend", "# syntax=example/buildpack\nFROM a\n",
		"!it is for the frontend example/buildpack"},
	{"a frontend of a like name", "# syntax=notdocker/dockerfile\nFROM a\n",
		"!it is for the frontend"},
	{"behind a shebang", "#!/usr/bin/x\n# syntax=example/x\nFROM a\n", "!frontend example/x"},
	{"behind slashes", "// syntax=example/x\nFROM a\n", "!frontend example/x"},
	{"in JSON", "{\"syntax\": \"example/x\"}", "!frontend example/x"},
	{"arguments of a frontend", "# syntax=docker/dockerfile:1 x=y\nFROM a\n", "2 a"},
	{"behind a comment it is none", "# x\n# syntax=example/x\nFROM a\n", "3 a"},
	{"on the command line", "FROM a\n", "!frontend example/x", "BUILDKIT_SYNTAX=example/x"},
	{"on the command line, first", "# syntax=example/x\nFROM a\n", "2 a",
		"BUILDKIT_SYNTAX=docker/dockerfile:1"},

	/* heredocs */
	{"heredoc hides a FROM", "FROM a AS x\nRUN <<EOF\nFROM fake AS fake\nEOF\nFROM b\n",
		"1 a AS x; 5 b"},
	{"heredoc of tabs", "FROM a\nRUN <<-EOF\n\tFROM fake\n\t\tEOF\nFROM b AS y\n",
		"1 a; 5 b AS y"},
	{"indented end is none", "FROM a\nRUN <<EOF\n  EOF\nFROM b AS y\nEOF\nFROM c AS z\n",
		"1 a; 6 c AS z"},
	{"indented by blanks is none with <<- either",
		"FROM a\nRUN <<-EOF\n EOF\nFROM b\n\tEOF\nFROM c\n", "1 a; 6 c"},
	{"a blank behind the end", "FROM a\nRUN <<EOF\nEOF \nFROM b\nEOF\nFROM c\n", "1 a; 6 c"},
	{"two heredocs", "FROM a\nCOPY <<A <<B /d/\nFROM f1\nA\nFROM f2\nB\nFROM b AS y\n",
		"1 a; 7 b AS y"},
	{"heredoc of another descriptor", "FROM a\nRUN x 3<<EOF\nFROM f\nEOF\nFROM b\n",
		"1 a; 5 b"},
	{"quoted word", "FROM a\nRUN <<\"EOF\"\nFROM f\nEOF\nFROM b AS y\n", "1 a; 5 b AS y"},
	{"quoted word with a blank", "FROM a\nRUN <<'E OF'\nFROM f\nE OF\nFROM b\n", "1 a; 5 b"},
	{"word quoted in part", "FROM a\nRUN <<eo'f'\nFROM f\neof\nFROM b\n", "1 a; 5 b"},
	{"escape in the word", "FROM a\nRUN <<E\\OF\nFROM f\nEOF\nFROM b\n", "1 a; 5 b"},
	{"variable in the word stays", "FROM a\nRUN <<$x\nFROM f\n$x\nFROM b\n", "1 a; 5 b"},
	{"blanks before the word", "FROM a\nRUN cat << EOF\nFROM f\nEOF\nFROM b\n", "1 a; 5 b"},
	{"nothing behind the mark", "FROM a\nRUN cat <<\nFROM b\n", "1 a; 3 b"},
	{"heredoc of ADD", "FROM a\nADD <<EOF /x\nFROM f\nEOF\nFROM b\n", "1 a; 5 b"},
	{"heredoc in ONBUILD", "FROM a AS x\nONBUILD RUN <<EOF\nFROM f\nEOF\nFROM b\n",
		"1 a AS x; 5 b"},
	{"no heredoc in ONBUILD ENV", "FROM a AS x\nONBUILD ENV A=<<EOF\nFROM b\n",
		"1 a AS x; 3 b"},
	{"heredoc behind flags",
		"FROM a AS x\nFROM b\nRUN --mount=type=bind,from=x,target=/m <<EOF\nFROM f\nEOF\n"
		"FROM c\n",
		"1 a AS x; 2 b <- 0; 6 c"},
	{"heredoc behind a continuation", "FROM a\nRUN x && \\\n cat <<EOF\nFROM f\nEOF\nFROM b\n",
		"1 a; 6 b"},
	{"a mark in a heredoc continues nothing", "FROM a\nRUN <<EOF\nx \\\nEOF\nFROM b\n",
		"1 a; 5 b"},
	{"a comment in a heredoc is text", "FROM a\nRUN <<'#'\nFROM f\n#\nFROM b\n", "1 a; 5 b"},
	{"heredoc with CR", "FROM a\r\nRUN <<EOF\r\nFROM f\r\nEOF\r\nFROM b AS y\r\n",
		"1 a; 5 b AS y"},
	{"heredoc that does not end", "FROM a\nRUN <<EOF\nFROM b\n", "!unterminated heredoc"},
	{"second heredoc that does not end", "FROM a\nRUN <<A <<B\nA\nFROM b\n",
		"!unterminated heredoc"},
	{"heredoc of a lower-case run", "from a\nrun <<x\nfrom f\nx\nfrom b\n", "1 a; 5 b"},
	{"JSON that is none may hold a heredoc",
		"FROM a\nRUN [\"cat\", <<EOF]\nFROM f\nEOF]\nFROM b\n", "1 a; 5 b"},
	{"the escape directive does not count in heredocs",
		"# escape=`\nFROM a\nRUN <<E\\OF\nFROM f\nEOF\nFROM b\n", "2 a; 6 b"},
	{"a substitution before the mark swallows it", "FROM a\nRUN <<EOF${x:-1}\nFROM b\n",
		"1 a; 3 b"},
	{"quoted heredoc mark", "FROM a\nRUN echo \"<<EOF\"\nFROM b AS y\n", "1 a; 3 b AS y"},
	{"heredoc mark in JSON", "FROM a\nRUN [\"cat\",\"<<EOF\"]\nFROM b AS y\n", "1 a; 3 b AS y"},
	{"heredoc mark in ENV", "FROM a\nENV X=<<EOF\nFROM b AS y\n", "1 a; 3 b AS y"},
	{"heredoc mark and a lone quote", "FROM a\nRUN echo it's <<EOF\nFROM b AS y\n",
		"1 a; 3 b AS y"},
	{"shift operator", "FROM a\nRUN echo $((1<<2))\nFROM b AS y\n", "1 a; 3 b AS y"},
	{"here-string", "FROM a\nRUN cat <<<EOF\nFROM b AS y\n", "1 a; 3 b AS y"},
};

static void
add_stage(struct strbuf *out, const struct stage *stage)
{
	const char *before = " <-";
	size_t on;

	strbuf_addf(out, "%s%u %s", out->len ? "; " : "", stage->line, stage->base);
	if (stage->name)
		strbuf_addf(out, " AS %s", stage->name);
	if (stage->platform)
		strbuf_addf(out, " ON %s", stage->platform);
	for (on = 0; on < 1000; on++) { /* in order, whatever order they are kept in */
		size_t i;

		for (i = 0; i < stage->nr_deps && stage->deps[i] != on;)
			i++;
		if (i == stage->nr_deps)
			continue;
		strbuf_addf(out, "%s %zu", before, on);
		before = "";
	}
}

/* What the header promises of every file that could be read. */
static void
check_numbers(const struct dockerfile *df)
{
	size_t i, j, next = 0;

	assert_true(df->nr_stages > 0);
	while (next < df->nr_instructions && df->instructions[next].stage < 0)
		assert_string_equal(df->instructions[next++].word, "ARG");
	for (i = 0; i < df->nr_stages; i++) {
		const struct stage *stage = &df->stages[i];

		assert_int_equal(stage->first, next);
		assert_string_equal(df->instructions[next].word, "FROM");
		assert_int_equal(df->instructions[next].line, stage->line);
		for (j = 0; j < stage->nr; j++)
			assert_int_equal(df->instructions[next++].stage, i);
		for (j = 0; j < stage->nr_deps; j++)
			assert_true(stage->deps[j] < i);
	}
	assert_int_equal(next, df->nr_instructions);
}

static size_t
count_lines(const char *text, size_t from, size_t to)
{
	size_t n = 0;

	for (; from < to; from++)
		n += text[from] == '\n';
	return n;
}

/* Instructions are whole lines, one behind the other, and know which. */
static void
check_spans(const struct dockerfile *df, const char *text, size_t len)
{
	size_t i, end = 0;

	for (i = 0; i < df->nr_instructions; i++) {
		const struct instruction *in = &df->instructions[i];

		assert_true(in->start >= end && in->end > in->start && in->end <= len);
		assert_true(in->start == 0 || text[in->start - 1] == '\n');
		assert_true(in->end == len || text[in->end - 1] == '\n');
		assert_int_equal(in->line, count_lines(text, 0, in->start) + 1);
		assert_int_equal(in->last_line, count_lines(text, 0, in->end - 1) + 1);
		assert_int_equal(dockerfile_cut(df, i), in->start);
		end = in->end;
	}
}

/* The words that begin with a mark, as NAME=value. */
struct given {
	const char *words;
	char mark; /* 0: those without one */
};

static const char *
find_given(const void *ctx, const char *name)
{
	static char value[64];
	const struct given *given = ctx;
	const char *p = given->words;
	size_t n = strlen(name), len;

	for (; p && *p; p += len + (p[len] == ' ')) {
		const char *word = p;

		len = strcspn(p, " ");
		if (given->mark && *word++ != given->mark)
			continue;
		if (strncmp(word, name, n) != 0 || word[n] != '=')
			continue;
		snprintf(value, sizeof(value), "%.*s", (int)(len - n - 1 - (given->mark != 0)),
			word + n + 1);
		return value;
	}
	return NULL;
}

/* Reads the first len bytes of a text that ends right behind them. */
static bool
read_given(struct dockerfile *df, const char *text, size_t len, const char *words)
{
	char *copy = exact_copy(text, len);
	struct given build = {words, '\0'}, platform = {words, '@'};
	struct strvec contexts;
	struct dockerfile_args args = {{find_given, &build}, {find_given, &platform}, &contexts};
	bool good;

	strvec_init(&contexts);
	if (words && *words == '+')
		strvec_push(&contexts, words + 1);
	good = dockerfile_parse(df, copy, len, words ? &args : NULL);
	strvec_release(&contexts);

	if (good) {
		assert_null(df->problem);
		check_numbers(df);
		check_spans(df, copy, len);
	} else {
		assert_non_null(df->problem);
		assert_int_equal(df->nr_stages, 0);
	}
	free(copy);
	return good;
}

static bool
read_copy(struct dockerfile *df, const char *text, size_t len)
{
	return read_given(df, text, len, NULL);
}

static void
has_stages(void **state)
{
	const struct file *row = *state;
	struct dockerfile df;
	struct strbuf got;
	size_t i;

	strbuf_init(&got);
	if (read_given(&df, row->text, strlen(row->text), row->given)) {
		for (i = 0; i < df.nr_stages; i++)
			add_stage(&got, &df.stages[i]);
		assert_string_equal(got.buf, row->want);
	} else if (row->want[0] != '!' || !strstr(df.problem, row->want + 1)) {
		fail_msg("'%s' instead of '%s'", df.problem, row->want);
	}
	dockerfile_release(&df);
	strbuf_release(&got);
}

/* A file cut before an instruction is read as if the rest had not been written. */
static void
can_be_cut_anywhere(void **state)
{
	const struct file *row = *state;
	struct dockerfile whole, cut;
	size_t i, j;

	if (!read_given(&whole, row->text, strlen(row->text), row->given)) {
		dockerfile_release(&whole);
		return;
	}
	for (i = whole.stages[0].first + 1; i < whole.nr_instructions; i++) {
		assert_true(read_given(&cut, row->text, dockerfile_cut(&whole, i), row->given));
		assert_int_equal(cut.nr_instructions, i);
		for (j = 0; j < i; j++) {
			assert_string_equal(cut.instructions[j].word, whole.instructions[j].word);
			assert_string_equal(cut.instructions[j].args, whole.instructions[j].args);
			assert_int_equal(cut.instructions[j].line, whole.instructions[j].line);
		}
		assert_int_equal((int)cut.nr_stages, whole.instructions[i - 1].stage + 1);
		dockerfile_release(&cut);
	}
	dockerfile_release(&whole);
}

static void
any_part_is_harmless(void **state)
{
	const struct file *row = *state;
	size_t len = strlen(row->text), i;
	struct dockerfile df;

	for (i = 0; i <= len; i++) {
		read_given(&df, row->text, i, row->given);
		dockerfile_release(&df);
		read_given(&df, row->text + i, len - i, row->given);
		dockerfile_release(&df);
	}
}

/* Instructions as LINE-LASTLINE WORD|ARGS, each on a line. */
static const struct file listings[] = {
	{"plain", "FROM a\nRUN make  all\n", "1-1 FROM|a\n2-2 RUN|make  all\n"},
	{"words in upper case, arguments as they are", "from A As B\nrun Make\n",
		"1-1 FROM|A As B\n2-2 RUN|Make\n"},
	{"without arguments", "FROM a\nRUN\nCMD \n", "1-1 FROM|a\n2-2 RUN|\n3-3 CMD|\n"},
	{"blanks around", "FROM a\n \tRUN \t make \t\n", "1-1 FROM|a\n2-2 RUN|make\n"},
	{"lines joined", "FROM a\nRUN b \\\n  c \\  \n\td\n", "1-1 FROM|a\n2-4 RUN|b   c \td\n"},
	{"comments left out", "FROM a\nRUN b \\\n# no\n\n  # no\n c\n",
		"1-1 FROM|a\n2-6 RUN|b  c\n"},
	{"what follows a mark at the end", "FROM a\nRUN b \\\n# no\n\n", "1-1 FROM|a\n2-4 RUN|b\n"},
	{"CR at line ends", "FROM a\r\nRUN b \\\r\n c\r\n", "1-1 FROM|a\n2-3 RUN|b  c\n"},
	{"comment character inside", "FROM a\nRUN b # c\n", "1-1 FROM|a\n2-2 RUN|b # c\n"},
	{"heredocs belong to it", "FROM a\nRUN <<A <<B c\nx\nA\ny\nB\nRUN d\n",
		"1-1 FROM|a\n2-6 RUN|<<A <<B c\n7-7 RUN|d\n"},
	{"ARG first", "ARG A=1\nFROM a\n", "1-1 ARG|A=1\n2-2 FROM|a\n"},
	{"quotes and escapes stay", "FROM a\nRUN \"b\\\" \\c\" 'd'\n",
		"1-1 FROM|a\n2-2 RUN|\"b\\\" \\c\" 'd'\n"},
};

static void
lists(void **state)
{
	const struct file *row = *state;
	struct dockerfile df;
	struct strbuf got;
	size_t i;

	strbuf_init(&got);
	assert_true(read_copy(&df, row->text, strlen(row->text)));
	for (i = 0; i < df.nr_instructions; i++) {
		const struct instruction *in = &df.instructions[i];

		strbuf_addf(&got, "%u-%u %s|%s\n", in->line, in->last_line, in->word, in->args);
	}
	assert_string_equal(got.buf, row->want);
	strbuf_release(&got);
	dockerfile_release(&df);
}

static void
a_cut_ends_before_the_line(void **state)
{
	static const char text[] = "# a\n\nFROM a\n# b\n  RUN b \\\n c\n\nRUN d";
	struct dockerfile df;

	(void)state;
	assert_true(read_copy(&df, text, strlen(text)));
	assert_int_equal(df.nr_instructions, 3);
	assert_string_equal(text + dockerfile_cut(&df, 0), "FROM a\n# b\n  RUN b \\\n c\n\nRUN d");
	assert_string_equal(text + dockerfile_cut(&df, 1), "  RUN b \\\n c\n\nRUN d");
	assert_string_equal(text + df.instructions[1].end, "\nRUN d");
	assert_string_equal(text + dockerfile_cut(&df, 2), "RUN d");
	assert_int_equal(df.instructions[2].end, strlen(text));
	dockerfile_release(&df);
}

static void
a_nul_byte_is_not_understood(void **state)
{
	static const char text[] = "FROM a\nRUN b\0c\n";
	struct dockerfile df;

	(void)state;
	assert_false(read_copy(&df, text, sizeof(text) - 1));
	dockerfile_release(&df);
}

/* Files whose unnamed stages get a name. */
static const struct file namings[] = {
	{"none without a name", "FROM a AS x\nRUN b\n", "FROM a AS x\nRUN b\n"},
	{"one", "FROM a\nRUN b\n", "FROM a AS stage-0\nRUN b\n"},
	{"the second", "FROM a AS x\nFROM b\nFROM c AS y",
		"FROM a AS x\nFROM b AS stage-1\nFROM c AS y"},
	{"no line end", "FROM a", "FROM a AS stage-0"},
	{"blanks and CR at the end", "FROM a \t\r\nFROM b\r\n",
		"FROM a AS stage-0 \t\r\nFROM b AS stage-1\r\n"},
	{"over lines", "FROM \\\n# c\n  --platform=x \\\n a\n\n# d\n\nRUN",
		"FROM \\\n# c\n  --platform=x \\\n a AS stage-0\n\n# d\n\nRUN"},
	{"a mark right behind the base", "FROM a\\\n\n", "FROM a AS stage-0\\\n\n"},
	{"byte order mark and directive", "\xef\xbb\xbf#escape=`\n from a`\n\n",
		"\xef\xbb\xbf#escape=`\n from a AS stage-0`\n\n"},
	{"a name that is taken", "FROM a\nFROM b AS STAGE-0\n",
		"FROM a AS stage-0-2\nFROM b AS STAGE-0\n"},
	{"a name that is an image", "FROM a\nCOPY --from=stage-0 / /\n",
		"FROM a AS stage-0-2\nCOPY --from=stage-0 / /\n"},
	{"a heredoc stays", "FROM a\nRUN <<E\nFROM x\nE\nFROM b\n",
		"FROM a AS stage-0\nRUN <<E\nFROM x\nE\nFROM b AS stage-1\n"},
};

static void
gets_names(void **state)
{
	const struct file *row = *state;
	struct dockerfile df, again;
	struct strbuf got;
	size_t i;

	strbuf_init(&got);
	assert_true(read_copy(&df, row->text, strlen(row->text)));
	dockerfile_name_stages(&df, row->text, strlen(row->text), &got);
	assert_string_equal(got.buf, row->want);
	/* and it is the same file, but that every stage can be a target */
	assert_true(read_copy(&again, got.buf, got.len));
	assert_int_equal(again.nr_stages, df.nr_stages);
	assert_int_equal(again.nr_instructions, df.nr_instructions);
	for (i = 0; i < df.nr_stages; i++) {
		assert_string_equal(again.stages[i].name, df.stages[i].label);
		assert_int_equal(again.stages[i].line, df.stages[i].line);
		assert_string_equal(again.stages[i].base, df.stages[i].base);
		assert_int_equal(dockerfile_target(&again, df.stages[i].label), (int)i);
	}
	dockerfile_release(&again);
	dockerfile_release(&df);
	strbuf_release(&got);
}

/* Stages a, B (kept as b), an unnamed one, b again, and the last, which has no name. */
static const char five_stages[] = "FROM x AS a\nFROM a AS B\nFROM y\nFROM z AS b\n"
				  "FROM a\nCOPY --from=2 / /\n";

static const struct target {
	const char *name, *target;
	int want;
} targets[] = {
	{"none is the last", NULL, 4},
	{"an empty one is the last", "", 4},
	{"by name", "a", 0},
	{"in any case", "A", 0},
	{"the last of one name", "B", 3},
	{"no such name", "c", -1},
	{"a longer name", "aa", -1},
	{"no numbers", "0", -1},
	{"no base", "x", -1},
};

static void
is_target(void **state)
{
	const struct target *row = *state;
	struct dockerfile df;

	assert_true(read_copy(&df, five_stages, strlen(five_stages)));
	assert_int_equal(dockerfile_target(&df, row->target), row->want);
	dockerfile_release(&df);
}

static const struct need {
	const char *name, *text;
	size_t target;
	const char *want; /* a 1 for each stage that is needed */
} needs[] = {
	{"only itself", five_stages, 0, "10000"},
	{"its base", five_stages, 1, "11000"},
	{"nothing above", five_stages, 2, "00100"},
	{"base and copy", five_stages, 4, "10101"},
	{"through others", "FROM x AS a\nFROM a AS b\nFROM y AS c\nFROM z\nCOPY --from=b / /\n", 3,
		"1101"},
	{"through a mount", "FROM x AS a\nFROM y AS b\nRUN --mount=from=a,target=/a b\nFROM b\n", 2,
		"111"},
	{"nothing below", "FROM x AS a\nFROM a AS b\nFROM b\n", 1, "110"},
};

static void
needs_stages(void **state)
{
	const struct need *row = *state;
	struct dockerfile df;
	bool needed[8];
	char got[9] = "";
	size_t i;

	assert_true(read_copy(&df, row->text, strlen(row->text)));
	memset(needed, 1, sizeof(needed)); /* what was there before does not count */
	dockerfile_needed(&df, row->target, needed);
	for (i = 0; i < df.nr_stages; i++)
		got[i] = needed[i] ? '1' : '0';
	assert_string_equal(got, row->want);
	dockerfile_release(&df);
}

static void
many_stages_in_a_chain(void **state)
{
	struct strbuf text;
	struct dockerfile df;
	bool needed[500];
	size_t i;

	(void)state;
	strbuf_init(&text);
	strbuf_addstr(&text, "FROM x AS s0\n");
	for (i = 1; i < 500; i++)
		strbuf_addf(&text, "FROM s%zu AS s%zu\nCOPY --from=%zu / /\n", i - 1, i, i / 2);
	assert_true(read_copy(&df, text.buf, text.len));
	assert_int_equal(df.nr_stages, 500);
	dockerfile_needed(&df, 499, needed);
	for (i = 0; i < 500; i++)
		assert_true(needed[i]);
	dockerfile_release(&df);
	strbuf_release(&text);
}

static void
a_long_line_is_read(void **state)
{
	struct strbuf text;
	struct dockerfile df;
	size_t i;

	(void)state;
	strbuf_init(&text);
	strbuf_addstr(&text, "FROM a\nRUN ");
	for (i = 0; i < 65535 - 4; i++) /* docker's longest line */
		strbuf_addch(&text, 'x');
	strbuf_addstr(&text, "\nFROM b\n");
	assert_true(read_copy(&df, text.buf, text.len));
	assert_int_equal(df.nr_stages, 2);
	assert_int_equal(strlen(df.instructions[1].args), 65531);
	dockerfile_release(&df);
	text.buf[text.len - 8] = 'x';
	assert_false(read_copy(&df, text.buf, text.len));
	assert_non_null(strstr(df.problem, "line greater than 65535"));
	dockerfile_release(&df);
	strbuf_release(&text);
}

static void
garbage_is_harmless(void **state)
{
	static const char *const pieces[] = {"FROM ", "from", "a", " AS ", "b", "\n", "\n", "\\\n",
		"\\", " ", "\t", "\r", "#", "COPY ", "--from=", "RUN ", "--mount=", "from=", ",",
		"=", "0", "1", "99999999999999999999", "--", "--platform=", "\"", "\xef\xbb\xbf",
		"\xff", "ARG ", "<<"};
	uint64_t seed = 6;
	struct strbuf text;
	size_t round, n;

	(void)state;
	strbuf_init(&text);
	for (round = 0; round < 30000; round++) {
		struct dockerfile df;

		strbuf_reset(&text);
		if (round % 2)
			strbuf_addstr(&text, "FROM a AS b\nFROM b\n");
		for (n = random_below(&seed, 25); n > 0; n--)
			strbuf_addstr(&text, pieces[random_below(&seed, ARRAY_SIZE(pieces))]);
		read_copy(&df, text.buf, text.len);
		dockerfile_release(&df);
	}
	strbuf_release(&text);
}

int
main(void)
{
	add_rows(has_stages, files);
	add_rows(can_be_cut_anywhere, files);
	add_rows(any_part_is_harmless, files);
	add_rows(lists, listings);
	add_rows(gets_names, namings);
	add_test(a_cut_ends_before_the_line);
	add_test(a_nul_byte_is_not_understood);
	add_rows(is_target, targets);
	add_rows(needs_stages, needs);
	add_test(many_stages_in_a_chain);
	add_test(a_long_line_is_read);
	add_test(garbage_is_harmless);
	return run_all();
}
