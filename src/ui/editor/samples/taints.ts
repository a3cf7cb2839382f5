import type { Sample } from './sample.ts';

export const taints: Sample = {
  id: 'taints',
  fileName: 'taints.yaml',
  comments: {
    en: ['As kubectl taint nodes node-1 dedicated=batch:NoSchedule would do.', 'Puts up with the taint, so node-1 is possible.', 'Wants the same node without tolerating its taint: it stays Pending.'],
    'zh-CN': ['相当于 kubectl taint nodes node-1 dedicated=batch:NoSchedule。', '能容忍这个污点，所以可以去 node-1。', '想去同一个节点，却不容忍它的污点，于是停在 Pending。'],
  },
  manifest: `#1
apiVersion: v1
kind: Node
metadata:
  name: node-1
spec:
  taints:
    - key: dedicated
      value: batch
      effect: NoSchedule
---
apiVersion: v1
kind: Pod
metadata:
  name: tolerant
spec:
  #2
  tolerations:
    - key: dedicated
      operator: Equal
      value: batch
      effect: NoSchedule
  nodeSelector:
    kubernetes.io/hostname: node-1
  containers:
    - name: job
      image: nginx:1.27
---
apiVersion: v1
kind: Pod
metadata:
  name: intolerant
spec:
  #3
  nodeSelector:
    kubernetes.io/hostname: node-1
  containers:
    - name: job
      image: nginx:1.27
`,
};
