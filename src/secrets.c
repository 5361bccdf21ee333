#include "secrets.h"

#include <string.h>

/* What is in a name, in any case; a value of docker's own proxies is none, though they may hold a
 * password: they are not part of an image. */
static const char *const words[] = {"password", "passwd", "passphrase", "secret", "token",
	"api_key", "apikey", "private_key", "access_key", "credential", "auth_key"};

/* What makes it a name of something else: TOKENIZER; at its end: where a secret is. */
static const char *const others[] = {"tokeni"}, *const ends[] = {"_path", "_file", "_url"};

static bool
has_word(const char *name, size_t len, const char *const *list, size_t nr)
{
	size_t at, i;

	for (i = 0; i < nr; i++) {
		for (at = 0; at + strlen(list[i]) <= len; at++) {
			if (str_has_prefix_nocase(name + at, list[i]))
				return true;
		}
	}
	return false;
}

bool
secrets_is_one(const char *arg)
{
	size_t len = strcspn(arg, "=");

	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && str_has_prefix_nocase(arg + len - n, ends[i]))
			return false;
	}
	return has_word(arg, len, words, ARRAY_SIZE(words)) &&
	       !has_word(arg, len, others, ARRAY_SIZE(others));
}

void
secrets_list(const struct options *o, struct strbuf *out)
{
	size_t i;

	for (i = 0; i < o->build_args.nr; i++) {
		const char *arg = o->build_args.v[i];

		if (!secrets_is_one(arg))
			continue;
		strbuf_addstr(out, out->len ? ", " : "");
		strbuf_add(out, arg, strcspn(arg, "="));
	}
}

/* In words of a command: --build-arg NAME=value, or --build-arg=NAME=value. */
static void
hide_in(struct strvec *words_of)
{
	static const char flag[] = "--build-arg";
	size_t i;

	for (i = 0; i < words_of->nr; i++) {
		const char *rest = str_skip_prefix(words_of->v[i], flag), *arg = NULL;

		if (rest && !*rest && i + 1 < words_of->nr)
			arg = words_of->v[++i];
		else if (rest && *rest == '=')
			arg = rest + 1;
		if (arg && strchr(arg, '=') && secrets_is_one(arg))
			words_of->v[i][(arg - words_of->v[i]) + (ptrdiff_t)strcspn(arg, "=")] =
				'\0';
	}
}

/* https://user:password@host/... without the password; https://token@host/... without the token. */
static void
hide_password(char *word)
{
	char *start = strstr(word, "://"), *end, *colon;
	bool ssh = start && start - word >= 3 && memcmp(start - 3, "ssh", 3) == 0;

	if (!start)
		return;
	start += strlen("://");
	end = start + strcspn(start, "/@");
	colon = memchr(start, ':', (size_t)(end - start));
	if (*end == '@' && (colon || !ssh)) /* git@ is who it is for */
		memmove(colon ? colon : start, end, strlen(end) + 1);
}

static void
hide_passwords(struct strvec *urls)
{
	size_t i;

	for (i = 0; i < urls->nr; i++)
		hide_password(urls->v[i]);
}

/* In values like "type=s3,secret_access_key=x", of which a field may stand in quotes. */
static void
hide_fields(struct strvec *values)
{
	size_t i;

	for (i = 0; i < values->nr; i++) {
		char *field = values->v[i];

		while (*field) {
			size_t n = *field == '"' ? 1 + strcspn(field + 1, "\"")
						 : strcspn(field, ",");
			char *equals = memchr(field, '=', n);

			if (equals && secrets_is_one(field)) {
				memmove(equals + 1, field + n, strlen(field + n) + 1);
				n = (size_t)(equals + 1 - field);
			}
			field += n + (field[n] == ',');
		}
	}
}

void
secrets_hide(struct options *o)
{
	hide_fields(&o->cache_from);
	hide_fields(&o->cache_to);
	hide_passwords(&o->final);
	hide_in(&o->every);
	hide_in(&o->words);
	hide_passwords(&o->every);
	hide_passwords(&o->words);
	hide_passwords(&o->contexts);
}
