const OBJECTS_PER_SEAT = 100;
/** However many objects a list goes through. */
const MAX_SEATS = 10;
/** A level works at least this many lists at a time. */
const LISTS_AT_A_TIME = 7;

/** How many seats a list takes, or a watch that begins with one: one for each hundred objects that it goes through. `levelSeats` are its level's own. */
export function requestSeats(
  verb: 'list' | 'watch',
  query: URLSearchParams,
  objects: number,
  levelSeats: number,
): number {
  if (objects <= OBJECTS_PER_SEAT) return 1;
  if (verb === 'watch' && query.get('sendInitialEvents') !== 'true') return 1;
  const isFiltered = query.has('labelSelector') || query.has('fieldSelector');
  const limit = Number(query.get('limit') ?? 0);
  const visited = limit > 0 && !isFiltered ? Math.min(limit, objects) : objects;
  const most = Math.max(1, Math.min(MAX_SEATS, Math.floor(levelSeats / LISTS_AT_A_TIME)));
  return Math.min(most, Math.ceil(visited / OBJECTS_PER_SEAT));
}
