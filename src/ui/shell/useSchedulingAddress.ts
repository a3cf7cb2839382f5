// `?view=scheduling&pod=ns/name`: an address that opens on a scheduling decision, kept while the view is open.
import { useEffect } from 'react';
import { openScheduling, useScheduling } from '../../view/scheduling/open.ts';

const VIEW = 'scheduling';

function write(): void {
  const { open, place } = useScheduling.getState();
  const address = new URL(globalThis.location.href);
  const { searchParams } = address;
  if (open) {
    searchParams.set('view', VIEW);
    if (place.pod === '') searchParams.delete('pod');
    else searchParams.set('pod', place.pod);
  } else if (searchParams.get('view') === VIEW) {
    searchParams.delete('view');
    searchParams.delete('pod');
  }
  if (address.href !== globalThis.location.href) globalThis.history.replaceState(globalThis.history.state, '', address);
}

export function useSchedulingAddress(): void {
  useEffect(() => {
    const { searchParams } = new URL(globalThis.location.href);
    if (searchParams.get('view') === VIEW) openScheduling({ pod: searchParams.get('pod') ?? '' });
    return useScheduling.subscribe(write);
  }, []);
}
