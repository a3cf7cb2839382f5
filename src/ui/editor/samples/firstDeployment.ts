import type { Sample } from './sample.ts';

export const firstDeployment: Sample = {
  id: 'firstDeployment',
  fileName: 'web.yaml',
  comments: {
    en: ['Three equal web servers. Apply the file and watch who does what.'],
    'zh-CN': ['三个相同的 Web 服务器。应用它，看各组件做什么。'],
  },
  manifest: `#1
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: nginx
          image: nginx:1.27
          ports:
            - containerPort: 80
          resources:
            requests:
              cpu: 100m
              memory: 64Mi
`,
};
