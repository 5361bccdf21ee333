#include "secrets.h"

#include "expect.h"
#include "rows.h"

static const struct row {
	const char *name; /* the argument */
	bool secret;
} rows[] = {
	{"NPM_TOKEN=x", true},
	{"npm_token", true},
	{"GITHUB_TOKEN=a=b", true},
	{"DB_PASSWORD=", true},
	{"Passphrase=x", true},
	{"AWS_SECRET_ACCESS_KEY=x", true},
	{"API_KEY=x", true},
	{"SSH_PRIVATE_KEY=x", true},
	{"VERSION=1.2", false},
	{"VERSION=secret", false},
	{"TOKENIZER=x", false},
	{"TOKEN_FILE=/run/token", false},
	{"DB_URL_PASSWORD=x", true},
	{"CONFIG_FILE_TOKEN=x", true},
	{"SECRET_URL=x", false},
	{"KEYBOARD=us", false},
	{"AUTHOR=me", false},
	{"", false},
	{"=token", false},
};

static void
tells(void **state)
{
	const struct row *row = *state;

	assert_int_equal(secrets_is_one(row->name), row->secret);
}

static const char *
nothing(const void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return NULL;
}

static void
parse(struct options *o, char *const argv[])
{
	static const struct lookup none = {nothing, NULL};
	struct strbuf err;

	strbuf_init(&err);
	assert_true(options_parse(o, argv, &none, NULL, &err));
	strbuf_release(&err);
}

static void
lists_and_hides(void **state)
{
	static char name[] = "docker-build-remote-cache", image[] = "reg.io/a",
		    flag[] = "--build-arg", one[] = "A_TOKEN=x=y",
		    two[] = "--build-arg=MY_SECRET=z", three[] = "V=A_TOKEN=1", four[] = "B_TOKEN",
		    other[] = "--build-context=x=https://me:pass@h/x",
		    token[] = "--build-context=y=https://ghp_x@h/x.git",
		    ssh[] = "--build-context=z=ssh://git@h/x.git",
		    from[] = "--cache-from=type=s3,secret_access_key=k,name=n,access_key_id=",
		    to[] = "--cache-to=type=s3,\"secret_access_key=k,l\",name=n",
		    label[] = "--label=u=https://me:pass@h/",
		    context[] = "https://me:p:w@git.example.com:8443/x.git#a:b@c";
	char *argv[] = {name, image, flag, one, two, flag, three, flag, four, other, token, ssh,
		from, to, label, context, NULL};
	struct strbuf text;
	struct options o;

	(void)state;
	strbuf_init(&text);
	parse(&o, argv);
	secrets_list(&o, &text);
	assert_string_equal(text.buf, "A_TOKEN, MY_SECRET, B_TOKEN");
	secrets_hide(&o);
	strbuf_reset(&text);
	strbuf_add_command(&text, o.every.v);
	assert_string_equal(text.buf, "--build-arg A_TOKEN --build-arg=MY_SECRET --build-arg "
				      "V=A_TOKEN=1 --build-arg B_TOKEN "
				      "--build-context=x=https://me@h/x "
				      "--build-context=y=https://@h/x.git "
				      "--build-context=z=ssh://git@h/x.git");
	assert_string_equal(o.cache_from.v[0], "type=s3,secret_access_key=,name=n,access_key_id=");
	assert_string_equal(o.cache_to.v[0], "type=s3,\"secret_access_key=\",name=n");
	assert_string_equal(o.final.v[0], "--label=u=https://me@h/");
	assert_string_equal(o.contexts.v[0], "https://me@git.example.com:8443/x.git#a:b@c");
	strbuf_release(&text);
	options_release(&o);
}

int
main(void)
{
	add_rows(tells, rows);
	add_test(lists_and_hides);
	return run_all();
}
