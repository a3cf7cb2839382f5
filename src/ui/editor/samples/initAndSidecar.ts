import type { Sample } from './sample.ts';

export const initAndSidecar: Sample = {
  id: 'initAndSidecar',
  fileName: 'sidecar.yaml',
  comments: {
    en: ['Runs to its end before anything else starts.', 'An init container that is always restarted is a sidecar: it starts in order and stays.'],
    'zh-CN': ['在其他容器启动之前运行到结束。', '总是重启的 init 容器就是 sidecar：按顺序启动，然后一直运行。'],
  },
  manifest: `apiVersion: v1
kind: Pod
metadata:
  name: order
spec:
  initContainers:
    #1
    - name: prepare
      image: busybox:1.36
      command: ["sh", "-c", "sleep 3"]
    #2
    - name: logs
      image: busybox:1.36
      restartPolicy: Always
      command: ["sh", "-c", "while true; do sleep 10; done"]
      volumeMounts:
        - name: log
          mountPath: /var/log
  containers:
    - name: app
      image: nginx:1.27
      volumeMounts:
        - name: log
          mountPath: /var/log
  volumes:
    - name: log
      emptyDir: {}
`,
};
