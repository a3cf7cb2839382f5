import type { Sample } from './sample.ts';

export const crashLoop: Sample = {
  id: 'crashLoop',
  fileName: 'crash-loop.yaml',
  comments: {
    en: ['Never or OnFailure would behave differently. Try them under another name.', 'Works for two seconds, then ends with exit code 1.'],
    'zh-CN': ['换成 Never 或 OnFailure 会有不同的表现，换个名字试试。', '工作两秒，然后以退出码 1 结束。'],
  },
  manifest: `apiVersion: v1
kind: Pod
metadata:
  name: crashing
spec:
  #1
  restartPolicy: Always
  containers:
    - name: worker
      image: busybox:1.36
      #2
      command: ["sh", "-c", "sleep 2; exit 1"]
`,
};
