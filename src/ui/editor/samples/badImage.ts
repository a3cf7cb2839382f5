import type { Sample } from './sample.ts';

export const badImage: Sample = {
  id: 'badImage',
  fileName: 'bad-image.yaml',
  comments: {
    en: ['The name is misspelt, so no registry has it. Correct it to nginx:1.27 and apply again.'],
    'zh-CN': ['名字拼错了，没有仓库提供它。改成 nginx:1.27 再应用一次。'],
  },
  manifest: `apiVersion: v1
kind: Pod
metadata:
  name: typo
spec:
  containers:
    - name: web
      #1
      image: ngnix:1.27
`,
};
