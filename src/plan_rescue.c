#include "plan_rescue.h"

#include "plan_store.h"

void
plan_rescue(struct plan *plan, const struct cache_refs *refs, const char *docker,
	const struct stage_image *images)
{
	size_t i;

	for (i = 0; i < refs->nr; i++) {
		const struct cache_entry *entry = &refs->entries[i];

		if (!entry->unnamed || !images[entry->stage].id[0])
			continue;
		plan_store(plan, refs, i,
			&(struct store_source){
				docker, images[entry->stage].id, STEP_NONE, STEP_NONE});
	}
}
