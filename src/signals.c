#include "signals.h"

#define MOMENT 250 /* milliseconds */

enum signals_what
signals_take(struct signals *s, const struct sigwatch_signal *signal, long long now)
{
	size_t i = 0;

	while (s->number[i] && s->number[i] != signal->number && i + 1 < SIGNALS_MAX)
		i++;
	if (s->number[i] == signal->number) {
		bool same = signal->sender && signal->sender == s->sender[i];

		return same && now - s->came[i] < MOMENT ? SIGNALS_SAME : SIGNALS_AGAIN;
	}
	s->number[i] = signal->number;
	s->sender[i] = signal->sender;
	s->came[i] = now;
	return i ? SIGNALS_OTHER : SIGNALS_FIRST;
}
