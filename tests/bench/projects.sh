# shellcheck shell=bash
# projects.sh - what the bench builds; sourced by run
# shellcheck disable=SC2154 # set in run
#
# What a step prints cannot be seen in how the step is written, so a log tells which steps ran.

scaled() { # SECONDS: prints them
	printf '%d.%02d' $(($1 * scale / 100)) $(($1 * scale % 100))
}

megabytes() { # N: prints them, in bytes
	echo $(($1 * scale * 10000))
}

step() { # NAME SECONDS: prints the start of a RUN instruction
	echo "RUN echo \"\$(echo $1)-ran\" && sleep $(scaled "$2")"
}

# A builder stage with a step "deps" (10 s, makes 150 MB) and a step "compile" (3 s, 5 MB, from the source
# file); the last stage takes the 5 MB and has a step "runtime" (2 s).
two_stages() { # COMPILE RUNTIME SOURCES: commands, what is copied; prints a Dockerfile
	cat <<-END
		FROM $REGISTRY/base:1 AS builder
		WORKDIR /src
		COPY deps .
		$(step deps 10) && head -c $(megabytes 150) /dev/urandom >deps.out
		COPY $3 .
		$(step compile 3) && { cat main; head -c $(megabytes 5) /dev/urandom; } >app && $1
		FROM $REGISTRY/base:1
		COPY --from=builder /src/app /app
		$(step runtime 2) && test -s /app && $2
	END
}

# The same with less to store: "deps" takes 12 s and makes 15 MB.
mortal_stages() { # COMPILE RUNTIME: commands; prints a Dockerfile
	cat <<-END
		FROM $REGISTRY/base:1 AS builder
		WORKDIR /src
		COPY deps .
		$(step deps 12) && head -c $(megabytes 15) /dev/urandom >deps.out
		COPY main .
		$(step compile 3) && cp main app && $1
		FROM $REGISTRY/base:1
		COPY --from=builder /src/app /app
		$(step runtime 2) && $2
	END
}

# s1 to s4 need no other stage (2 s each), s5 to s8 build on them or copy from several (1 s each).
eight_stages() { # prints a Dockerfile
	local n
	for n in 1 2 3 4; do
		echo "FROM $REGISTRY/base:1 AS s$n"
		echo "$(step "s$n" 2) && head -c $(megabytes 1) /dev/urandom >/out$n"
	done
	cat <<-END
		FROM s1 AS s5
		$(step s5 1) && cp /out1 /out5
		FROM s2 AS s6
		COPY --from=s3 /out3 /
		$(step s6 1) && cat /out2 /out3 >/out6
		FROM $REGISTRY/base:1 AS s7
		COPY --from=s3 /out3 /
		COPY --from=s4 /out4 /
		$(step s7 1) && cat /out3 /out4 >/out7
		FROM $REGISTRY/base:1 AS s8
		COPY --from=s5 /out5 /
		COPY --from=s6 /out6 /
		COPY --from=s7 /out7 /
		$(step s8 1) && cat /out5 /out6 /out7 >/out8
	END
}

project_new() { # makes an empty one the current folder, but for its sources
	rm -rf "$DBRC_RUN/project"
	mkdir "$DBRC_RUN/project"
	cd "$DBRC_RUN/project" || exit
	echo 'dependencies 1' >deps
	echo 'source 1' >main
}

# 2000 files, 100 MB.
large_context() {
	local n
	mkdir -p data
	head -c "$(megabytes 100)" /dev/urandom | split -a 4 -b "$(($(megabytes 100) / 2000))" - data/
	for n in data/*; do touch -d @0 "$n"; done
}

steps_run() { # LOG: prints which steps ran, and how often if not once
	local name times steps=
	for name in deps compile runtime s{1..8}; do
		times=$(grep -cE "(^|[^a-z])$name-ran" "$1") || continue
		steps+=" $name"
		[ "$times" = 1 ] || steps+=" ($times)"
	done
	echo "${steps# }"
}

# ---- the base image ---------------------------------------------------------------------------------

# base_image takes what is in this folder into the base image
make_ballast() {
	mkdir -p "$DBRC_RUN/base/root/tmp"
	head -c "$(megabytes 43)" /dev/urandom >"$DBRC_RUN/base/root/tmp/ballast"
}

# Another image under the base image's name.
move_base() {
	make_ballast
	rm "$DBRC_RUN/base/layer.tar"
	base_write
}
