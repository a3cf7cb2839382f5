import type { Sample } from './sample.ts';

export const tooLarge: Sample = {
  id: 'tooLarge',
  fileName: 'too-large.yaml',
  comments: {
    en: ['More than any node has. Write 500m and 256Mi, and under another name it fits.'],
    'zh-CN': ['超过了任何节点的容量。改成 500m 和 256Mi，并换个名字，就放得下了。'],
  },
  manifest: `apiVersion: v1
kind: Pod
metadata:
  name: giant
spec:
  containers:
    - name: giant
      image: nginx:1.27
      resources:
        requests:
          #1
          cpu: "64"
          memory: 512Gi
`,
};
