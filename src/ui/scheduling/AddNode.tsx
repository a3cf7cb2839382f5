import { useTranslation } from 'react-i18next';
import { nodeToAdd } from '../../view/scheduling/node-to-add.ts';
import { useWorld, world } from '../../view/store.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';
import { Button } from '../shared/Button.tsx';
import { notify } from '../shared/notices.ts';
import { takeFailure } from '../session/failures.ts';

/** One more node, large enough for the pod, in the zone that has the fewest. */
export function AddNode({ found }: { readonly found: FoundAttempt | undefined }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const nodes = useWorld((state) => state.model.nodes);
  const inputs = useWorld((state) => state.model.inputs);
  const node = nodeToAdd({ nodes, inputs }, found);
  const add = (): void => {
    void world.input({ type: 'nodeAdd', node }).then((ok) => notify(ok ? t('pending.added', { name: node.name }) : takeFailure(), ok ? {} : { kind: 'problem' }));
  };
  return <Button look="outlined" icon="add" hint={t('pending.addNodeHint', { ...node })} data-testid="add-node" onClick={add}>{t('pending.addNode')}</Button>;
}
